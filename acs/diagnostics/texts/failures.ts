/**
 * Why nothing was learnt of a test.
 * Layer: diagnostics, pure.
 */
import type { DiagnosisFailure } from "../diagnosis.js";
import { type Texts, texts } from "./advice.js";

export const FAILURE_TEXTS: Readonly<Record<DiagnosisFailure, Texts>> = {
  "not-supported": texts(
    [
      "This model does not support the test.",
      ["Its data model does not have the object.", "Its firmware is too old."],
      ["Look for firmware that has the test.", "If the object is elsewhere on this model, give its path."],
    ],
    [
      "此型号不支持该测试。",
      ["其数据模型没有该对象。", "固件版本过旧。"],
      ["查找支持该测试的固件。", "若该型号的对象在其他位置，请给出 path。"],
    ],
  ),
  "no-such-unit": texts(
    [
      "The device has no such line or port.",
      ["The number is not one of those that are enabled."],
      ["Choose one of those that the detail lists, or give a full path."],
    ],
    ["设备没有此线路或端口。", ["该编号不在已启用的线路中。"], ["从详情列出的线路中选择，或给出完整路径。"]],
  ),
  "bad-arguments": texts(
    [
      "An argument does not fit what the device says of it.",
      ["The device has another type for the parameter."],
      ["Correct the argument that the detail names."],
    ],
    ["参数与设备声明的类型不符。", ["设备对该参数使用另一种类型。"], ["更正详情中指出的参数。"]],
  ),
  refused: texts(
    [
      "The device refused to begin the test.",
      ["It does not take one of the arguments.", "It is busy with something else."],
      ["Look at the fault in the detail.", "Repeat the test without optional arguments."],
    ],
    ["设备拒绝开始测试。", ["它不接受某个参数。", "它正忙于其他任务。"], ["查看详情中的错误。", "去掉可选参数后重新测试。"]],
  ),
  "timed-out": texts(
    [
      "The device began the test and never told its end.",
      ["The test hangs in the device.", "The device is off or offline since."],
      ["Repeat the test; if it hangs again, restart the device."],
    ],
    ["设备开始了测试，但一直没有报告结束。", ["测试在设备内挂起。", "设备此后断电或离线。"], ["重新测试；若再次挂起，重启设备。"]],
  ),
  lost: texts(
    [
      "The results are gone: the device has restarted, or somebody changed an argument meanwhile.",
      ["A power cut or a restart.", "Another tool uses the same test."],
      ["Repeat the test, and see that nobody else tests meanwhile."],
    ],
    [
      "结果已丢失：设备重启，或有人在此期间更改了参数。",
      ["断电或重启。", "另一个工具使用同一测试。"],
      ["重新测试，并确保期间没有其他人测试。"],
    ],
  ),
  expired: texts(
    [
      "The device did not call in before the diagnosis expired.",
      ["It is off, offline, or can't be woken."],
      ["Look at GET /api/devices/:device/reachability.", "Restart the device by hand."],
    ],
    ["在诊断过期前，设备没有上线。", ["设备断电、离线或无法唤醒。"], ["查看 GET /api/devices/:device/reachability。", "手动重启设备。"]],
  ),
  canceled: texts(
    ["The diagnosis was cancelled.", ["Somebody took it back."], ["Start it again when it is wanted."]],
    ["诊断已取消。", ["有人取消了诊断。"], ["需要时重新开始。"]],
  ),
  "not-learnt": texts(
    [
      "What became of the test can't be told.",
      ["Sessions with the device broke off again and again.", "The device answers against the protocol."],
      ["Look at the transcripts of its sessions.", "Repeat the test when the device is stable."],
    ],
    ["无法得知测试的结果。", ["与设备的会话反复中断。", "设备的应答不符合协议。"], ["查看其会话记录。", "待设备稳定后重新测试。"]],
  ),
};
