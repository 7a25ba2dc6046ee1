import { beforeAll, describe, expect, it } from "vitest";

import { appAddresses } from "../../worker/web/app-addresses.tsx";
import { pages } from "../../worker/web/pages.tsx";
import { Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

/** What anybody may ask for. Every other route is the owner's: a new one is, unless it is named here. */
const FOR_EVERYBODY = new Set([
  "GET /",
  "GET /:at{@[^/]+}",
  "GET /posts/:id",
  "GET /tags/:tag",
  "GET /images/:kind{avatar|header}/:version",
  "GET /follow",
  "POST /follow",
  "GET /follow.svg",
  "GET /login",
  "POST /login",
  "POST /logout",
  "GET /recover",
  "POST /recover",
  // They lead to a page of ours, and that one asks who comes.
  ...appAddresses.routes.map(({ method, path }) => `${method} ${path}`),
]);

const routes = [...new Set(pages.routes.map(({ method, path }) => `${method} ${path}`))];
/** Files are for whoever has their address, and answer no form. */
const isFile = (route: string) => / \/media\//.test(route);
const owners = routes.filter((route) => !FOR_EVERYBODY.has(route) && !isFile(route));

/** The route with something in the place of each parameter. */
function pathOf(route: string): string {
  return route.split(" ")[1]!.replaceAll(/:\w+(\{[^}]*\})?/g, "1");
}

describe("the owner's pages", () => {
  // One stead for all: nothing here may change it.
  let stead: Stead;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });

  it("names only routes for everybody that there are, so that the list stays true", () => {
    expect([...FOR_EVERYBODY].filter((route) => !routes.includes(route))).toEqual([]);
    expect(owners.length).toBeGreaterThan(20);
  });

  it.each(owners)("%s sends a visitor to the login page and changes nothing", async (route) => {
    const browser = new Browser(stead);
    const before = await stead.state();
    const [path, get] = [pathOf(route), route.startsWith("GET ")];
    const answer = await (get ? browser.get(path) : browser.post(path));
    expect(answer.status).toBe(303);
    expect(answer.location).toBe(get ? `/login?next=${encodeURIComponent(path)}` : "/login");
    expect(answer.html).toBe("");
    expect(await stead.state()).toBe(before);
    expect(stead.world.requests).toEqual([]);
  });

  it("never fail on a parameter that names nothing, and are never kept by a cache", async () => {
    const browser = await Browser.signedIn(stead);
    for (const route of owners) {
      const path = pathOf(route).replaceAll("/1", "/999999999999999999");
      const answer = await (route.startsWith("GET ") ? browser.get(path) : browser.post(path));
      expect([route, answer.status < 500]).toEqual([route, true]);
      expect(answer.headers.get("cache-control")).toMatch(/no-store/);
    }
  });
});
