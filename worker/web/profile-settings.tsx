/** The owner's settings: who they are to the world, and where else they can be found. */
import { Hono } from "hono";
import type { Context } from "hono";

import { changeDomains } from "../owner/domains.ts";
import { OFF } from "../owner/media.ts";
import { changeMediaDirect } from "../owner/media-proxy.ts";
import { changeProfile, FIELDS_MAX, IMAGE_MAX } from "../owner/profile.ts";
import { imageVersions } from "../store/images.ts";
import { ownerQuery } from "../store/stead.ts";
import { Field, Problem, readForm, type Form } from "./form.tsx";
import { page } from "./layout.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

/** Room for pictures that are too large, so that the page can say so and keep the rest. */
const FORM_MAX = 10_000_000;
const SPARE_FIELDS = 2;

interface Typed {
  readonly name: string;
  readonly bio: string;
  readonly fields: readonly [name: string, value: string][];
  readonly locked: boolean;
}

interface Shown {
  readonly typed?: Typed;
  readonly domains?: string;
  readonly problem?: string;
  readonly domainsProblem?: string;
}

export const settingsPages = new Hono<WebEnv>();

settingsPages.get("/settings", ownerOnly, (c) => settingsPage(c, {}));

settingsPages.post("/settings", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  const typed = typedIn(form);
  const problem = await changeProfile(c.var.ctx, {
    ...typed,
    fields: [...typed.fields],
    avatar: form.checked("removeAvatar") ? "remove" : await form.file("avatar"),
    header: form.checked("removeHeader") ? "remove" : await form.file("header"),
  });
  return problem === null ? seeOther("/settings?saved") : settingsPage(c, { typed, problem });
});

settingsPages.post("/settings/domains", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const domains = form.text("domains");
  const problem = await changeDomains(c.var.ctx, domains.split(/[\s,]+/).filter(Boolean));
  return problem === null
    ? seeOther("/settings?saved")
    : settingsPage(c, { domains, domainsProblem: problem });
});

settingsPages.post("/settings/media", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  await changeMediaDirect(c.var.ctx, !form.checked("through"));
  return seeOther("/settings?saved");
});

function typedIn(form: Form): Typed {
  const values = form.all("fieldValue");
  const fields = form
    .all("fieldName")
    .map((name, n): [string, string] => [name.trim(), (values[n] ?? "").trim()])
    .filter(([name, value]) => name !== "" || value !== "");
  return { name: form.text("name"), bio: form.text("bio"), fields, locked: form.checked("locked") };
}

async function settingsPage(c: Context<WebEnv>, { typed, problem, domains, domainsProblem }: Shown) {
  const { ctx } = c.var;
  const [[owner], pictures] = await ctx.db.batch([ownerQuery(ctx.db), imageVersions(ctx.db)]);
  if (!owner) throw new Error("the stead has a claim in memory and none in the database");
  const { name, bio, fields, locked } = typed ?? owner;
  const picture = (kind: string) => pictures.find((one) => one.kind === kind);
  const refused = problem !== undefined || domainsProblem !== undefined;
  return page({
    title: "Settings",
    status: refused ? 422 : 200,
    owner: { ctx, path: "/settings" },
    body: (
      <>
        <h1>Settings</h1>
        {c.req.query("saved") !== undefined && !refused && (
          <p class="note" role="status">
            Saved.
          </p>
        )}
        <Problem text={problem ?? null} />
        <form method="post" action="/settings" enctype="multipart/form-data" class="card">
          <Field label="Name" name="name" value={name} maxlength={100} />
          <div class="field">
            <label for="bio">Bio</label>
            <textarea id="bio" name="bio" rows={4} maxlength={2_000} dir="auto">
              {`\n${bio}`}
            </textarea>
          </div>
          <Fields fields={fields} />
          <Picture kind="avatar" label="Avatar" version={picture("avatar")?.version} />
          <Picture kind="header" label="Header" version={picture("header")?.version} />
          <div class="field">
            <label class="check">
              <input type="checkbox" name="locked" checked={locked} />
              Everyone who wants to follow me has to ask first
            </label>
          </div>
          <button>Save</button>
        </form>
        <h2>Further domains</h2>
        <Problem text={domainsProblem ?? null} />
        <form method="post" action="/settings/domains" class="card">
          <div class="field">
            <label for="domains">Domains that may answer for you</label>
            <textarea
              id="domains"
              name="domains"
              rows={3}
              autocapitalize="none"
              spellcheck={false}
              aria-describedby="domains-hint"
            >
              {`\n${domains ?? owner.domains.join("\n")}`}
            </textarea>
            <span class="hint" id="domains-hint">
              {`One a line, such as example.com. Attach each to this Worker, and @${owner.handle} at that domain leads to you.`}
            </span>
          </div>
          <button>Save domains</button>
        </form>
        <h2>Pictures</h2>
        {!ctx.ports.media && <p class="note">{`${OFF}.`}</p>}
        <form method="post" action="/settings/media" class="card">
          <div class="field">
            <label class="check">
              <input type="checkbox" name="through" checked={!owner.mediaDirect} />
              My apps get what is attached to others' posts through this stead
            </label>
            <span class="hint">
              So their servers do not learn which post you read, from where and when. Avatars your apps fetch
              themselves. Each picture is one of the requests your Cloudflare plan has a day, 100,000 on the
              Free plan: turn this off if you come near that.
            </span>
          </div>
          <button>Save this</button>
        </form>
        <p>
          <a href="/apps">Apps</a> that can act for you, and how to end it.
        </p>
        <p>
          <a href="/redirects">Redirects</a> lead here who still looks for you at an old domain.
        </p>
      </>
    ),
  });
}

function Fields({ fields }: { fields: Typed["fields"] }) {
  const lines = Math.min(FIELDS_MAX, Math.max(fields.length, 2) + SPARE_FIELDS);
  return (
    <fieldset>
      <legend>Fields</legend>
      {Array.from({ length: lines }, (_, n) => (
        <div class="pairs">
          <input
            name="fieldName"
            aria-label={`Label of field ${n + 1}`}
            value={fields[n]?.[0] ?? ""}
            placeholder="Label"
            dir="auto"
          />
          <input
            name="fieldValue"
            aria-label={`Content of field ${n + 1}`}
            value={fields[n]?.[1] ?? ""}
            placeholder="Content"
            dir="auto"
          />
        </div>
      ))}
      <span class="hint">
        {`Up to ${FIELDS_MAX}; save to get more lines. An address of yours that links back to your page here shows as verified elsewhere.`}
      </span>
    </fieldset>
  );
}

function Picture({
  kind,
  label,
  version,
}: {
  kind: "avatar" | "header";
  label: string;
  version: string | undefined;
}) {
  return (
    <div class="field">
      <label for={kind}>{label}</label>
      {version !== undefined && (
        <img class="settings-image" src={`/images/${kind}/${version}`} alt={`Your ${kind} now`} />
      )}
      <input
        id={kind}
        name={kind}
        type="file"
        accept="image/png,image/jpeg,image/gif,image/webp"
        aria-describedby={`${kind}-hint`}
      />
      <span class="hint" id={`${kind}-hint`}>
        {`PNG, JPEG, GIF or WebP, at most ${IMAGE_MAX / 1_000} KB.`}
      </span>
      {version !== undefined && (
        <label class="check">
          <input type="checkbox" name={`remove${label}`} />
          Remove it
        </label>
      )}
    </div>
  );
}
