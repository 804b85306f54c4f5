/**
 * INVITE transactions and dialogs with sipp on the other side, as caller and as callee: accepted, refused, cancelled.
 * Spec: RFC 3261 9, 12, 13, 17.1.1, 17.2.1; RFC 6026. Layer: interop test.
 */
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { expect } from "chai";
import { systemClock } from "../../common/clock.js";
import { timersOf } from "../../sip-bridge/main.js";
import type { InviteEvent, InviteHandle } from "../../sip-bridge/net/invite-client-transactions.js";
import type { IncomingInvite } from "../../sip-bridge/net/invite-server-transactions.js";
import { openUdpEndpoint, type UdpEndpoint } from "../../sip-bridge/net/udp-endpoint.js";
import { buildRequest } from "../../sip-bridge/sip/build.js";
import {
  type Dialog,
  dialogKey,
  dialogKeyOf,
  dialogOfClient,
  dialogOfServer,
  receiveInDialog,
  requestInDialog,
} from "../../sip-bridge/sip/dialog.js";
import { header, type SipRequest } from "../../sip-bridge/sip/message.js";
import { freePort } from "../support/npm-sip.js";
import { requireCommand } from "../support/services.js";
import { type Sipp, startSipp } from "../support/sipp.js";

describe("interop: calls with sipp", () => {
  const processes: Sipp[] = [];
  const heard = new EventEmitter();
  let endpoint: UdpEndpoint;
  let onInvite: (incoming: IncomingInvite) => void;
  let acks: SipRequest[];
  let dialogs: Map<string, Dialog>;
  let errors: unknown[];

  before(function () {
    requireCommand(this, "sipp");
  });
  beforeEach(async () => {
    acks = [];
    errors = [];
    dialogs = new Map();
    endpoint = await openUdpEndpoint({
      ...{ address: "127.0.0.1", port: 0, clock: systemClock, randomBytes, timers: timersOf(100) },
      onInvite: (incoming) => onInvite(incoming),
      onAck: (ack) => acks.push(ack),
      onRequest: ({ request, answer }) => {
        const dialog = dialogs.get(dialogKeyOf(request));
        answer(dialog === undefined || "refused" in receiveInDialog(dialog, request) ? 481 : 200);
      },
      onHandlerError: (error) => errors.push(error),
    });
  });
  afterEach(async () => {
    for (const sipp of processes.splice(0)) await sipp.stop();
    await endpoint?.close();
    expect(errors).to.deep.equal([]);
  });

  const sipp = (
    scenario: string,
    more: { readonly localPort: number; readonly remotePort?: number; readonly lostPercent?: number },
  ): Sipp => {
    const started = startSipp({ scenario, user: "hgw1", password: "", ...more });
    processes.push(started);
    return started;
  };
  const calledBySipp = async (scenario: string, lostPercent = 0): Promise<void> =>
    sipp(scenario, { localPort: await freePort(), remotePort: endpoint.transport.localPort, lostPercent }).played;
  const contact = (): ReturnType<typeof header> => header("Contact", `<sip:us@127.0.0.1:${endpoint.transport.localPort}>`);

  describe("sipp calls", () => {
    it("we ring and take it; the ACK comes to us, and the BYE finds the dialog", async () => {
      onInvite = ({ request, answer, localTag }) => {
        const dialog = dialogOfServer(request, localTag, { isTls: false, state: "confirmed" });
        dialogs.set(dialogKey(dialog), dialog);
        answer(180);
        answer(200, { headers: [contact()] });
      };
      await calledBySipp("call-and-hang-up");
      expect(acks.map(dialogKeyOf)).to.deep.equal([...dialogs.keys()]);
    });

    it("we refuse: the ACK ends the repetition, and is not told", async () => {
      onInvite = ({ answer }) => answer(486);
      await calledBySipp("call-refused");
      expect(acks).to.deep.equal([]);
    });

    it("we refuse on a line that loses a quarter of the messages: both sides repeat until it is done", async () => {
      onInvite = ({ answer }) => answer(486);
      await calledBySipp("call-refused", 25);
    });

    it("it gives up while we ring: 200 to the CANCEL, 487 to the INVITE", async () => {
      const cancels: SipRequest[] = [];
      onInvite = ({ answer, onCancel }) => {
        onCancel((cancel) => {
          cancels.push(cancel);
          answer(487);
        });
        answer(180);
      };
      await calledBySipp("call-and-cancel");
      expect(cancels).to.have.length(1);
    });
  });

  describe("we call", () => {
    interface Call {
      readonly invite: SipRequest;
      readonly events: InviteEvent[];
      readonly handle: InviteHandle;
      until(kind: InviteEvent["kind"]): Promise<InviteEvent>;
    }

    function call(port: number): Call {
      const invite = buildRequest({
        ...{ method: "INVITE", uri: `sip:hgw1@127.0.0.1:${port}`, callId: randomBytes(8).toString("hex"), cseq: 1 },
        from: { uri: "sip:us@voice.example", params: [{ name: "tag", value: "us1" }] },
        to: { uri: "sip:hgw1@voice.example", params: [] },
        headers: [contact()],
      });
      const events: InviteEvent[] = [];
      const handle = endpoint.layer.invite(invite, endpoint.transport.flowTo("127.0.0.1", port), (event) => {
        events.push(event);
        heard.emit("event");
      });
      const until = async (kind: InviteEvent["kind"]): Promise<InviteEvent> => {
        for (;;) {
          const found = events.find((event) => event.kind === kind);
          if (found !== undefined) return found;
          await once(heard, "event");
        }
      };
      return { invite, events, handle, until };
    }

    it("it takes the call: our ACK and BYE follow the dialog", async () => {
      const localPort = await freePort();
      const callee = sipp("take-call", { localPort });
      const { invite, until } = call(localPort);
      const accepted = await until("accepted");
      if (accepted.kind !== "accepted") throw new Error(accepted.kind);
      const dialog = dialogOfClient(invite, accepted.response, { isTls: false });
      if (dialog === undefined) throw new Error("no dialog");
      const flow = endpoint.transport.flowTo("127.0.0.1", localPort);
      await endpoint.layer.prepareAck(requestInDialog(dialog, { method: "ACK", cseq: 1 }).request, flow)();
      endpoint.layer.request(requestInDialog(dialog, { method: "BYE" }).request, flow, () => undefined);
      await callee.played;
    });

    it("it refuses: our transaction acknowledges", async () => {
      const localPort = await freePort();
      const callee = sipp("refuse-call", { localPort });
      const refused = await call(localPort).until("refused");
      expect(refused.kind === "refused" && refused.response.status).to.equal(486);
      await callee.played;
    });

    it("it refuses on a line that loses a quarter of the messages", async () => {
      const localPort = await freePort();
      const callee = sipp("refuse-call", { localPort, lostPercent: 25 });
      await call(localPort).until("refused");
      await callee.played;
    });

    it("we give up while it rings: CANCEL, then 487, which we acknowledge", async () => {
      const localPort = await freePort();
      const callee = sipp("ring-until-cancelled", { localPort });
      const { handle, until } = call(localPort);
      await until("provisional");
      handle.cancel();
      const refused = await until("refused");
      expect(refused.kind === "refused" && refused.response.status).to.equal(487);
      await callee.played;
    });
  });
});
