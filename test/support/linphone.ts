/**
 * linphonec as a gateway: it registers and answers any NOTIFY with 200 (and does nothing more). Settings and database in a folder of its own.
 * Layer: test support.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { type Program, startProgram } from "./child-process.js";
import { freePort } from "./npm-sip.js";
import { temporaryFolder } from "./temporary-folder.js";
import { TEST_DOMAIN, TEST_PASSWORD } from "./test-bridge.js";

export interface LinphoneOptions {
  /** Host as its certificate names it, if it is TLS. */
  readonly registrar: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  readonly user: string;
  /** PEM: whom it trusts. */
  readonly caFile?: string;
}

export async function startLinphone({ registrar, port, transport, user, caFile = "" }: LinphoneOptions): Promise<Program> {
  const folder = await temporaryFolder();
  const settings = `
[sip]
sip_port=${transport === "udp" ? await freePort() : 0}
sip_tcp_port=${transport === "tcp" ? -1 : 0}
sip_tls_port=${transport === "tls" ? -1 : 0}
use_ipv6=0
guess_hostname=0
default_proxy=0
root_ca=${caFile}
verify_server_certs=1
verify_server_cn=1
[proxy_0]
reg_proxy=<sip:${registrar}:${port};transport=${transport}>
reg_identity=sip:${user}@${TEST_DOMAIN}
reg_expires=600
reg_sendregister=1
publish=0
[auth_info_0]
username=${user}
passwd=${TEST_PASSWORD}
realm=${TEST_DOMAIN}
domain=${TEST_DOMAIN}
`;
  await writeFile(folder.file("linphonerc"), settings);
  await mkdir(folder.file(".local/share/linphone"), { recursive: true });
  const linphone = startProgram("linphonec", ["-c", folder.file("linphonerc")], { HOME: folder.file("") });
  return {
    ...linphone,
    stop: async () => {
      await linphone.stop();
      await folder.remove();
    },
  };
}
