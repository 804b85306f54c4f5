/**
 * `reveille demo`: plays the demo; with --once ends with exit code 0 or 1, else stays up for you to play with.
 * Layer: command line.
 */
import type { Command } from "commander";
import { type Demo, runDemo } from "./demo.js";

export function addDemoCommand(program: Command): void {
  program
    .command("demo")
    .summary("ACS, SIP bridge and three gateways in one process, narrated")
    .description(
      "Shows the main job on a temporary store: bootstrap, a task that wakes a gateway over SIP, a firmware upgrade, a gateway that was off.",
    )
    .option("--once", "end after the last step: exit code 0 when all went well, 1 otherwise")
    .action(async ({ once }: { readonly once?: boolean }) => {
      const demo = await runDemo({ write: (line) => console.log(line) });
      console.log("\n✔ All steps went well.");
      if (once !== true) await stayUp(demo);
      await demo.close();
    });
}

async function stayUp({ apiUrl, token, deviceIds }: Demo): Promise<void> {
  const device = deviceIds[0] ?? "";
  console.log(`
The demo stays up. Its REST interface is ${apiUrl}/api (docs/rest-api.md). In another terminal:

  export TOKEN=${token}
  curl -s -H "Authorization: Bearer $TOKEN" ${apiUrl}/api/devices
  curl -s -H "Authorization: Bearer $TOKEN" '${apiUrl}/api/devices/${device}/tree?path=InternetGatewayDevice.Time.'
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{"kind":"reboot"}' '${apiUrl}/api/devices/${device}/tasks?wait=20'
  curl -sN -H "Authorization: Bearer $TOKEN" ${apiUrl}/api/events/stream

  export REVEILLE_TOKEN=$TOKEN REVEILLE_ACS_URL=${apiUrl}
  npm run --silent reveille -- diagnose ${device} --line 1
  printf '%s\\n' ${deviceIds.join(" ")} | npm run --silent reveille -- group create --order '{"kind":"reboot"}' --devices-file -

Devices: ${deviceIds.join(" ")}
Press Ctrl+C to stop; the temporary store is removed then.`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
