/** The floor: bare node:http doing the same exchanges (401, 200 with an InformResponse, 204), no digest, no XML, no store. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveMeasurements } from "./server-process.js";

const RESPONSE = Buffer.from(`<SOAP-ENV:Envelope>${"x".repeat(560)}</SOAP-ENV:Envelope>`);
const server = createServer((request, response) => {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on("end", () => {
    if (request.headers.authorization === undefined && bytes > 0) {
      response
        .writeHead(401, { "WWW-Authenticate": 'Digest realm="Reveille", nonce="bare", algorithm=MD5, qop="auth"', "Content-Length": "0" })
        .end();
    } else if (bytes === 0) response.writeHead(204).end();
    else {
      response.setHeader("Set-Cookie", "reveille=0123456789012345678901; Path=/; HttpOnly");
      response.writeHead(200, { "Content-Type": 'text/xml; charset="utf-8"', "Content-Length": RESPONSE.length }).end(RESPONSE);
    }
  });
});
server.listen(0, "127.0.0.1", () => {
  serveMeasurements(
    { cwmpPort: (server.address() as AddressInfo).port },
    () => ({}),
    async () => {
      server.closeAllConnections();
      server.close();
    },
  );
});
