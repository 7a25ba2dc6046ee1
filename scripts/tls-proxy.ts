/**
 * A TLS proxy for steads on one machine: loopback only, with certificates of a certificate authority made at that moment for
 * `localhost` alone. Needs the program openssl.
 *
 *   node scripts/tls-proxy.ts 8443=8787 8444=8788
 *
 * serves https://localhost:8443 from port 8787 and https://localhost:8444 from 8788, and prints how the steads are to be started.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { createServer, type Server } from "node:https";
import { connect } from "node:net";
import { join, resolve } from "node:path";
import { type Duplex, pipeline } from "node:stream";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Certificates {
  /** PEM file for NODE_EXTRA_CA_CERTS of whoever shall trust the others. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Days a certificate holds: nobody shall find a use for it later. */
const DAYS = "2";

/** Makes a certificate authority and one certificate for `localhost` in `folder`. Throws when openssl is missing or refuses. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  writeFileSync(
    file("settings"),
    [
      "[req]\ndistinguished_name = name\nprompt = no\n[name]\nCN = A private authority for localhost",
      "[ca]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign",
      "[server]\nsubjectAltName = DNS:localhost, DNS:*.localhost, IP:127.0.0.1\nextendedKeyUsage = serverAuth\n",
    ].join("\n"),
  );
  const key = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out";
  const authority = "-CA ca.crt -CAkey ca.key -CAcreateserial";
  const commands = [
    `${key} ca.key`,
    `${key} server.key`,
    `req -x509 -new -config settings -extensions ca -days ${DAYS} -key ca.key -out ca.crt`,
    "req -new -config settings -subj /CN=localhost -key server.key -out server.csr",
    `x509 -req -in server.csr ${authority} -days ${DAYS} -extfile settings -extensions server -out server.crt`,
  ];
  for (const command of commands) await openssl(folder, command);
  // Nobody can make another certificate that they would trust.
  rmSync(file("ca.key"));
  return { ca: file("ca.crt"), cert: file("server.crt"), key: file("server.key") };
}

async function openssl(folder: string, command: string): Promise<void> {
  try {
    await run("openssl", command.split(" "), { cwd: folder });
  } catch (cause) {
    throw new Error(`openssl ${command} failed. Is the program openssl installed?`, { cause });
  }
}

/** https://localhost:`port` answers what http://127.0.0.1:`upstream` answers; 502 while nobody is there. */
export function startTlsProxy(certificates: Certificates, port: number, upstream: number): Promise<Server> {
  const { cert, key } = certificates;
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    const { method, url, headers } = request;
    const forwarded = { ...headers, "x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1" };
    const onward: ClientRequest = httpRequest({
      host: "127.0.0.1",
      port: upstream,
      method,
      path: url,
      headers: forwarded,
    });
    onward.once("response", (answer: IncomingMessage) => {
      // Whoever asked has gone meanwhile.
      if (response.destroyed) return void answer.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      // Broken off half-way: so is ours, by pipeline.
      pipeline(answer, response, () => undefined);
    });
    onward.once("error", () => {
      if (response.headersSent) return void response.destroy();
      response.writeHead(502, { "content-type": "text/plain" }).end("Nobody answers behind this proxy.\n");
    });
    pipeline(request, onward, () => undefined);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const onward = connect(upstream, "127.0.0.1", () => {
      const fields = request.rawHeaders.flatMap((name, n, all) =>
        n % 2 === 0 ? `${name}: ${all[n + 1]}` : [],
      );
      onward.write(`${[`${request.method} ${request.url} HTTP/1.1`, ...fields].join("\r\n")}\r\n\r\n`);
      onward.write(head);
      pipeline(onward, socket, onward, () => undefined);
    });
    onward.once("error", () => socket.destroy());
    socket.once("error", () => onward.destroy());
  });
  return new Promise((answer, refuse) => {
    server.once("error", refuse).listen(port, "127.0.0.1", () => answer(server));
  });
}

if (import.meta.main) {
  const pairs = process.argv.slice(2).map((pair) => /^(\d{1,5})=(\d{1,5})$/.exec(pair)?.slice(1).map(Number));
  if (pairs.length === 0 || pairs.includes(undefined)) {
    process.stderr.write("Say which port leads where: node scripts/tls-proxy.ts 8443=8787 8444=8788\n");
    process.exit(1);
  }
  const certificates = await makeCertificates(resolve(import.meta.dirname, "..", ".state-tls"));
  for (const [port = 0, upstream = 0] of pairs.flatMap((pair) => (pair ? [pair] : []))) {
    await startTlsProxy(certificates, port, upstream);
    process.stdout.write(
      [
        `https://localhost:${port} leads to http://127.0.0.1:${upstream}. The stead behind it is started with`,
        `  NODE_EXTRA_CA_CERTS=${certificates.ca} ORIGIN=https://localhost:${port} ALLOW_PRIVATE_HOSTS=localhost \\`,
        `    PORT=${upstream} STATE_DIR=.state-${upstream} npm start\n`,
      ].join("\n"),
    );
  }
}
