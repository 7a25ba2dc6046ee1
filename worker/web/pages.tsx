/** The face people see: server-rendered pages, no script. A file a subject. */
import { Hono } from "hono";

import { blockedPages } from "./blocked.tsx";
import { deliveryPages } from "./deliveries.tsx";
import { followerPages } from "./followers.tsx";
import { followingPages } from "./following.tsx";
import { homePage } from "./home.tsx";
import { images } from "./images.ts";
import { interactPage } from "./interact.tsx";
import { noticesPage } from "./notices.tsx";
import { postPage } from "./post-page.tsx";
import { settingsPages } from "./profile-settings.tsx";
import { publicPages } from "./public.tsx";
import type { WebEnv } from "./session.ts";
import { signInPages } from "./sign-in.tsx";
import { writePages } from "./write.tsx";

export const pages = new Hono<WebEnv>();

const open = [publicPages, postPage, images, signInPages];
const owners = [
  homePage,
  writePages,
  noticesPage,
  followerPages,
  followingPages,
  blockedPages,
  deliveryPages,
  settingsPages,
  interactPage,
];
for (const part of [...open, ...owners]) pages.route("/", part);
