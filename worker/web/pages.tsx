/** The face people see: server-rendered pages, no script. A file a subject. */
import { Hono } from "hono";

import { appAddresses } from "./app-addresses.tsx";
import { appPages } from "./apps.tsx";
import { arrivalPages } from "./arrivals.tsx";
import { blockedPages } from "./blocked.tsx";
import { consentPages } from "./consent.tsx";
import { deliveryPages } from "./deliveries.tsx";
import { followMePages } from "./follow-me.tsx";
import { followerPages } from "./followers.tsx";
import { followingPages } from "./following.tsx";
import { homePage } from "./home.tsx";
import { images } from "./images.ts";
import { interactPage } from "./interact.tsx";
import { mediaFiles } from "./media.ts";
import { movePages } from "./move.tsx";
import { moveListPages } from "./move-list.tsx";
import { moveCheckPages } from "./move-check.tsx";
import { moveOutPages } from "./move-out.tsx";
import { movePointPages } from "./move-point.tsx";
import { moveRepairPages } from "./move-repair.tsx";
import { noticesPage } from "./notices.tsx";
import { postPage } from "./post-page.tsx";
import { settingsPages } from "./profile-settings.tsx";
import { publicPages } from "./public.tsx";
import { redirectPages } from "./redirects.tsx";
import type { WebEnv } from "./session.ts";
import { signInPages } from "./sign-in.tsx";
import { writePages } from "./write.tsx";

export const pages = new Hono<WebEnv>();

const open = [publicPages, followMePages, postPage, images, mediaFiles, signInPages];
const owners = [
  homePage,
  writePages,
  noticesPage,
  followerPages,
  followingPages,
  blockedPages,
  deliveryPages,
  movePages,
  moveListPages,
  arrivalPages,
  movePointPages,
  moveCheckPages,
  moveRepairPages,
  moveOutPages,
  settingsPages,
  appPages,
  consentPages,
  redirectPages,
  interactPage,
];
// Last: it leads away from where there is no page of ours.
for (const part of [...open, ...owners, appAddresses]) pages.route("/", part);
