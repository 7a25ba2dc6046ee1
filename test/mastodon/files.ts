/** Small whole files of every kind, made by hand, with notes in them that must not go out. */
import { concat, fromAscii } from "../../worker/model/media/bytes.ts";
import { tiffWith } from "../../worker/model/media/exif.ts";

export const PLACE = "GPS 52.5200N 13.4050E";

const be32 = (value: number) =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
const le32 = (value: number) => be32(value).reverse();
const text = (value: string) => fromAscii(value);

function segment(marker: number, content: Uint8Array): Uint8Array {
  return concat([
    Uint8Array.of(0xff, marker, (content.length + 2) >> 8, (content.length + 2) & 255),
    content,
  ]);
}

/** A TIFF with the orientation and, behind it, a place. */
const exif = (orientation: number) => concat([text("Exif\0\0"), tiffWith(orientation), text(PLACE)]);

export function jpeg({ width = 40, height = 30, orientation = 1 } = {}): Uint8Array<ArrayBuffer> {
  const frame = Uint8Array.of(8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0);
  return concat([
    Uint8Array.of(0xff, 0xd8),
    segment(0xe0, text("JFIF\0\x01\x01\0\0\x01\0\x01\0\0")),
    segment(0xe1, exif(orientation)),
    segment(0xe1, text(`http://ns.adobe.com/xap/1.0/\0${PLACE}`)),
    segment(0xe2, text("ICC_PROFILE\0\x01\x01colours")),
    segment(0xe2, text(`MPF\0${PLACE}`)),
    segment(0xed, text(`Photoshop 3.0\0${PLACE}`)),
    segment(0xfe, text(PLACE)),
    segment(0xc0, frame),
    segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)),
    Uint8Array.of(1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xd9),
    text(`a film behind the end, ${PLACE}`),
  ]);
}

const chunk = (type: string, data: Uint8Array) => concat([be32(data.length), text(type), data, be32(0)]);

export function png({ width = 40, height = 30, orientation = 1 } = {}): Uint8Array<ArrayBuffer> {
  return concat([
    text("\x89PNG\r\n\x1a\n"),
    chunk("IHDR", concat([be32(width), be32(height), Uint8Array.of(8, 2, 0, 0, 0)])),
    chunk("eXIf", concat([tiffWith(orientation), text(PLACE)])),
    chunk("tEXt", text(`Comment\0${PLACE}`)),
    chunk("iTXt", text(`XML:com.adobe.xmp\0\0\0\0\0${PLACE}`)),
    chunk("tIME", Uint8Array.of(7, 230, 1, 1, 1, 1, 1)),
    chunk("IDAT", text("pixels")),
    chunk("zTXt", text(PLACE)),
    chunk("IEND", new Uint8Array()),
    text(`<script>${PLACE}</script>`),
  ]);
}

const riff = (type: string, data: Uint8Array) =>
  concat([text(type), le32(data.length), data, new Uint8Array(data.length % 2)]);

export function webp({ width = 40, height = 30, orientation = 1 } = {}): Uint8Array<ArrayBuffer> {
  const canvas = concat([
    Uint8Array.of(0x2c, 0, 0, 0),
    le32(width - 1).subarray(0, 3),
    le32(height - 1).subarray(0, 3),
  ]);
  const parts = [
    riff("VP8X", canvas),
    riff("ICCP", text("colours")),
    riff("VP8L", concat([Uint8Array.of(0x2f), text("pixels")])),
    riff("EXIF", concat([tiffWith(orientation), text(PLACE)])),
    riff("XMP ", text(PLACE)),
    riff("ODD ", text(PLACE)),
  ];
  return concat([riff("RIFF", concat([text("WEBP"), ...parts])), text(PLACE)]);
}

export function gif({ width = 40, height = 30 } = {}): Uint8Array<ArrayBuffer> {
  const sub = (value: string) => concat([Uint8Array.of(value.length), text(value), Uint8Array.of(0)]);
  return concat([
    text("GIF89a"),
    le32(width).subarray(0, 2),
    le32(height).subarray(0, 2),
    Uint8Array.of(0x80, 0, 0, 0, 0, 0, 255, 255, 255),
    text("\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"),
    concat([text("\x21\xff\x0bXMP DataXMP"), sub(PLACE)]),
    concat([text("\x21\xfe"), sub(PLACE)]),
    text("\x21\xf9\x04\0\0\0\0\0"),
    text("\x2c\0\0\0\0\x28\0\x1e\0\0\x02\x02\x4c\x01\0"),
    text("\x3b"),
    text(`<html>${PLACE}`),
  ]);
}

export const box = (type: string, ...content: Uint8Array[]) => {
  const whole = concat(content);
  return concat([be32(whole.length + 8), text(type), whole]);
};

export function avif({ width = 40, height = 30 } = {}): Uint8Array<ArrayBuffer> {
  const ftyp = box("ftyp", text("avif\0\0\0\0avifmif1"));
  const item = (id: number, type: string) =>
    box("infe", Uint8Array.of(2, 0, 0, 0, 0, id, 0, 0), text(type), text("\0"));
  const meta = (at: number) => {
    const place = (id: number, offset: number, length: number) =>
      concat([Uint8Array.of(0, id, 0, 0, 0, 1), be32(offset), be32(length)]);
    return box(
      "meta",
      be32(0),
      box("iinf", be32(0), Uint8Array.of(0, 2), item(1, "av01"), item(2, "Exif")),
      box("iloc", be32(0), Uint8Array.of(0x44, 0, 0, 2), place(1, at, 6), place(2, at + 6, PLACE.length)),
      box("iprp", box("ipco", box("ispe", be32(0), be32(width), be32(height)))),
    );
  };
  const before = ftyp.length + meta(0).length + 8;
  return concat([ftyp, meta(before), box("mdat", text("pixels"), text(PLACE)), box("uuid", text(PLACE))]);
}

const zeros = (length: number) => new Uint8Array(length);

export interface Film {
  readonly width?: number;
  readonly height?: number;
  readonly brand?: string;
  /** How a track's samples are written. */
  readonly sample?: string;
  readonly data?: Uint8Array;
  /** The index behind the pictures, as phones write it. */
  readonly late?: boolean;
}

export function mp4({
  width = 64,
  height = 36,
  brand = "isom",
  sample = "avc1",
  data = text("pictures"),
  late = false,
}: Film = {}): Uint8Array<ArrayBuffer> {
  const tkhd = concat([
    zeros(40),
    be32(0x10000),
    zeros(28),
    be32(0x40000000),
    be32(width * 65_536),
    be32(height * 65_536),
  ]);
  const stsd = box("stsd", be32(0), be32(1), box(sample, text("\0\0com.apple.quicktime.location.ISO6709")));
  const moov = box(
    "moov",
    box("mvhd", zeros(12), be32(1_000), be32(2_500), zeros(80)),
    box("udta", box("\xa9xyz", text(PLACE)), box("loci", text(PLACE))),
    box("meta", text(PLACE)),
    box(
      "trak",
      box("tkhd", tkhd),
      box(
        "mdia",
        box("hdlr", zeros(24)),
        box("minf", box("vmhd", zeros(12)), box("stbl", stsd, box("stts", zeros(8)))),
      ),
      box("udta", text(PLACE)),
    ),
  );
  const mdat = box("mdat", data);
  const start = [
    box("ftyp", text(`${brand}\0\0\0\0isom`)),
    box("uuid", text(PLACE)),
    box("free", text(PLACE)),
  ];
  return concat(late ? [...start, mdat, moov] : [...start, moov, mdat]);
}

const element = (id: string, content: Uint8Array, wide = false) =>
  concat([
    text(id),
    wide ? concat([Uint8Array.of(1, 0, 0, 0), be32(content.length)]) : Uint8Array.of(0x80 | content.length),
    content,
  ]);

/** As a browser records: segment and clusters of no known length. */
export function webm({ wide = false } = {}): Uint8Array<ArrayBuffer> {
  const unknown = Uint8Array.of(0x01, 255, 255, 255, 255, 255, 255, 255);
  const float = new Uint8Array(4);
  new DataView(float.buffer).setFloat32(0, 2_500);
  const video = element(
    "\xe0",
    concat([element("\xb0", Uint8Array.of(64)), element("\xba", Uint8Array.of(36))]),
  );
  return concat([
    element("\x1a\x45\xdf\xa3", element("\x42\x82", text("webm"))),
    text("\x18\x53\x80\x67"),
    unknown,
    element("\x15\x49\xa9\x66", concat([element("\x44\x89", float), element("\x7b\xa9", text(PLACE))])),
    element("\x16\x54\xae\x6b", element("\xae", video)),
    text("\x1f\x43\xb6\x75"),
    unknown,
    element("\xe7", Uint8Array.of(0)),
    element("\xa3", text("pictures")),
    element("\x12\x54\xc3\x67", text(PLACE), wide),
    element("\x19\x41\xa4\x69", text(PLACE), wide),
  ]);
}

export const mp3 = (): Uint8Array<ArrayBuffer> => {
  const frames = Uint8Array.of(0xff, 0xfb, 0x90, 0, ...new Array<number>(100).fill(7));
  const tag = concat([
    text("ID3\x04\0\0\0\0\0"),
    Uint8Array.of(PLACE.length + 10),
    text("GEOB\0\0\0\0\0\0"),
    text(PLACE),
  ]);
  return concat([tag, frames]);
};

export function flac(): Uint8Array<ArrayBuffer> {
  const info = zeros(34);
  info.set([0x0a, 0xc4, 0x40, 0xf0, 0, 1, 0xae, 0xaa], 10);
  const block = (kind: number, content: Uint8Array) =>
    concat([Uint8Array.of(kind, 0, 0, content.length), content]);
  return concat([
    text("fLaC"),
    block(0, info),
    block(4, text(PLACE)),
    block(0x86, text(PLACE)),
    text("\xff\xf8sound"),
  ]);
}

export function wav(): Uint8Array<ArrayBuffer> {
  const format = concat([Uint8Array.of(1, 0, 1, 0), le32(8_000), le32(16_000), Uint8Array.of(2, 0, 16, 0)]);
  return riff(
    "RIFF",
    concat([
      text("WAVE"),
      riff("fmt ", format),
      riff("LIST", text(PLACE)),
      riff("data", zeros(24_000)),
      riff("id3 ", text(PLACE)),
    ]),
  );
}
