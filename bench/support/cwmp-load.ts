/**
 * Plays periodic CWMP sessions over raw sockets, cheaply, so that the server is what is measured.
 */
import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";

export interface LoadDevice {
  readonly username: string;
  readonly ha1: string;
  readonly oui: string;
  readonly productClass: string;
  readonly serialNumber: string;
  nonce: string;
  nc: number;
  informs: number;
}

export interface LoadOptions {
  readonly port: number;
  readonly realm: string;
  readonly devices: readonly LoadDevice[];
  readonly sessions: number;
  readonly concurrent: number;
  /** "kept": the nonce of the last session is used again, no 401. "fresh": each session begins with a 401. */
  readonly nonce: "kept" | "fresh";
}

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** @returns what went wrong, by description; sessions that ended with 204 are not listed. */
export async function playSessions({ devices, sessions, concurrent, ...options }: LoadOptions): Promise<ReadonlyMap<string, number>> {
  const failures = new Map<string, number>();
  let next = 0;
  const worker = async (first: number): Promise<void> => {
    // Each worker has devices of its own: one session per device at a time.
    for (let turn = 0; next < sessions; turn++) {
      next++;
      const device = devices[(first + turn * concurrent) % devices.length];
      if (device === undefined) return;
      await playSession(device, options).catch((error: unknown) => {
        const what = error instanceof Error ? error.message : String(error);
        failures.set(what, (failures.get(what) ?? 0) + 1);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrent, devices.length) }, (_, first) => worker(first)));
  return failures;
}

/** Opens a session and leaves it open: Inform answered, no empty POST. @returns its connection. */
export async function openSession(device: LoadDevice, { port, realm }: Pick<LoadOptions, "port" | "realm">): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const inform = informOf(device);
  const challenge = await exchange(socket, post(inform));
  device.nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
  device.nc = 0;
  const answer = await exchange(socket, post(inform, authorization(device, realm)));
  if (!answer.startsWith("HTTP/1.1 200")) throw new Error(`Inform: ${answer.slice(0, 40)}`);
  return socket;
}

async function playSession(device: LoadDevice, { port, realm, nonce }: Pick<LoadOptions, "port" | "realm" | "nonce">): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  try {
    const inform = informOf(device);
    if (nonce === "fresh" || device.nonce === "") {
      const challenge = await exchange(socket, post(inform));
      if (!challenge.startsWith("HTTP/1.1 401")) throw new Error(`expected 401: ${challenge.slice(0, 40)}`);
      device.nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? "";
      device.nc = 0;
    }
    const answer = await exchange(socket, post(inform, authorization(device, realm)));
    if (!answer.startsWith("HTTP/1.1 200")) throw new Error(`Inform: ${answer.slice(0, 40)}`);
    const cookie = /Set-Cookie: ([^;\r]+)/i.exec(answer)?.[1] ?? "";
    const end = await exchange(socket, `POST / HTTP/1.1\r\nHost: acs\r\nCookie: ${cookie}\r\nContent-Length: 0\r\n\r\n`);
    if (!end.startsWith("HTTP/1.1 204")) throw new Error(`empty POST: ${end.slice(0, 40)}`);
  } finally {
    socket.destroy();
  }
}

function post(body: string, authorizationHeader = ""): string {
  return `POST / HTTP/1.1\r\nHost: acs\r\nSOAPAction:\r\nContent-Type: text/xml; charset="utf-8"\r\n${authorizationHeader}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function authorization(device: LoadDevice, realm: string): string {
  device.nc++;
  const nc = device.nc.toString(16).padStart(8, "0");
  const response = md5(`${device.ha1}:${device.nonce}:${nc}:c0ffee:auth:${HA2}`);
  return `Authorization: Digest username="${device.username}", realm="${realm}", nonce="${device.nonce}", uri="/", response="${response}", qop=auth, nc=${nc}, cnonce="c0ffee"\r\n`;
}
const HA2 = md5("POST:/");

/** One answer with a Content-Length or none. */
function exchange(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const done = (settle: () => void): void => {
      socket.off("data", onData).off("error", onError).off("close", onClose);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
      if (text.length >= head + 4 + length) done(() => resolve(text));
    };
    const onError = (error: Error): void => done(() => reject(error));
    const onClose = (): void => done(() => reject(new Error("connection closed")));
    socket.on("data", onData).on("error", onError).on("close", onClose);
    socket.write(request, "latin1");
  });
}

export const CHANGED_VALUES = 8;

/** About 2.5 KB: eleven parameters, eight of which differ each time. */
function informOf(device: LoadDevice): string {
  const n = ++device.informs;
  const root = "InternetGatewayDevice.";
  const value = (name: string, type: string, text: string): string =>
    `<ParameterValueStruct><Name>${root}${name}</Name><Value xsi:type="xsd:${type}">${text}</Value></ParameterValueStruct>`;
  const changing = Array.from({ length: CHANGED_VALUES }, (_, i) =>
    value(`LANDevice.1.Hosts.Host.${i + 1}.X_0A1B2C_Octets`, "unsignedInt", String(n * 10 + i)),
  );
  const fixed = [
    value("DeviceInfo.SoftwareVersion", "string", "3.2.1"),
    value("DeviceInfo.HardwareVersion", "string", "1.0"),
    value("ManagementServer.ConnectionRequestURL", "string", "http://192.0.2.10:30005/4f7c1e"),
  ];
  const parameters = [...fixed, ...changing];
  return `<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:SOAP-ENC="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:cwmp="urn:dslforum-org:cwmp-1-0"><SOAP-ENV:Header><cwmp:ID SOAP-ENV:mustUnderstand="1">${n}</cwmp:ID></SOAP-ENV:Header><SOAP-ENV:Body><cwmp:Inform><DeviceId><Manufacturer>Example Voice</Manufacturer><OUI>${device.oui}</OUI><ProductClass>${device.productClass}</ProductClass><SerialNumber>${device.serialNumber}</SerialNumber></DeviceId><Event SOAP-ENC:arrayType="cwmp:EventStruct[1]"><EventStruct><EventCode>2 PERIODIC</EventCode><CommandKey></CommandKey></EventStruct></Event><MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-01-01T12:00:00+00:00</CurrentTime><RetryCount>0</RetryCount><ParameterList SOAP-ENC:arrayType="cwmp:ParameterValueStruct[${parameters.length}]">${parameters.join("")}</ParameterList></cwmp:Inform></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
}
