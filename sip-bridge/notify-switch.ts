/**
 * The switch that stops all NOTIFYs of the bridge at once, and keeps them stopped over a restart: for the day when gateways are woken
 * that should not be. Spec: sip.md 11 (kill switch). Layer: sip-bridge.
 */
import type { SettingStore } from "./stores/setting-store.js";

export interface NotifySwitchState {
  readonly enabled: boolean;
  /** Why, in the words of who changed it; "" if nothing was said. */
  readonly reason: string;
  /** 0: never changed. */
  readonly changedAtMs: number;
}

export interface NotifySwitch {
  /** What holds now. */
  state(): NotifySwitchState;
  /** Off: holds at once. On: holds when it is on disk. Fulfilled when it is on disk. */
  set(enabled: boolean, reason: string, nowMs: number): Promise<NotifySwitchState>;
}

const SETTING = "notify-switch";
const ON: NotifySwitchState = { enabled: true, reason: "", changedAtMs: 0 };

export async function openNotifySwitch(settings: SettingStore): Promise<NotifySwitch> {
  const stored = await settings.get(SETTING);
  let state = stored === undefined ? ON : (JSON.parse(stored) as NotifySwitchState); // our own: `set` wrote it
  return {
    state: () => state,
    async set(enabled, reason, changedAtMs) {
      const next = { enabled, reason, changedAtMs };
      if (!enabled) state = next;
      await settings.set(SETTING, JSON.stringify(next));
      state = next;
      return next;
    },
  };
}
