/** What a page says of itself, to be shown below a link. */
export interface Card {
  readonly type: "link" | "photo" | "video";
  /** Plain text, as all of these. */
  readonly title: string;
  readonly description: string;
  readonly language: string | null;
  readonly authorName: string;
  readonly authorUrl: string;
  readonly providerName: string;
  readonly providerUrl: string;
  /** A frame with a player, written by us; or "". */
  readonly html: string;
  /** Of the player or the picture, in pixels; 0: not said. */
  readonly width: number;
  readonly height: number;
  readonly image: string | null;
  readonly imageAlt: string;
  /** Of a photo: the picture itself. */
  readonly embedUrl: string;
  /** RFC 3339, UTC. */
  readonly publishedAt: string | null;
}
