/** Two claimed steads behind TLS, whose certificates this process trusts: one for an app to talk to, one for its owner to talk with. */
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { type Certificates, makeCertificates } from "../../scripts/tls-proxy.ts";
import { freePort, temporaryFolder } from "./processes.ts";
import { type Stead, startStead } from "./stead.ts";

export interface Pair {
  readonly anna: Stead;
  readonly ben: Stead;
  readonly certificates: Certificates;
}

export async function startPair(): Promise<Pair> {
  const certificates = await makeCertificates(temporaryFolder());
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(certificates.ca, "utf8")]);
  return { anna: await claimed(certificates, "anna"), ben: await claimed(certificates, "ben"), certificates };
}

async function claimed(certificates: Certificates, name: string): Promise<Stead> {
  const stead = await startStead({ name, tls: { certificates, port: await freePort() } });
  await stead.claim(name);
  await stead.signIn();
  return stead;
}
