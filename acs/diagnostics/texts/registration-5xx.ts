/**
 * What the codes from 500 up of a registration test mean: errors of the server, global failures, and what SIP does not define.
 * Spec: CN 103067208 B; sip.md 4.1; RFC 3261 21.5, 21.6. Layer: diagnostics, pure.
 */
import { texts } from "./advice.js";
import type { CodeTexts } from "./registration.js";

export const SERVER_ERRORS: readonly CodeTexts[] = [
  {
    codes: [500, 580],
    texts: texts(
      [
        "{server} failed inside ({code}, {phrase}).",
        ["Its database failed, or a script of it has an error.", "It saw CSeq out of order."],
        ["Look at the log of the server at the time of the test."],
      ],
      [
        "{server} 内部出错（{code}，{phrase}）。",
        ["其数据库故障，或脚本有错误。", "它收到的 CSeq 顺序不对。"],
        ["查看测试时间点的服务器日志。"],
      ],
    ),
  },
  {
    codes: [501],
    texts: texts(
      [
        "{server} does not know REGISTER: it has no registrar (501).",
        ["RegistrarServer names a SIP element of another kind."],
        ["Ask the operator for the registrar's name and set it as RegistrarServer."],
      ],
      [
        "{server} 不支持 REGISTER：没有注册功能（501）。",
        ["RegistrarServer 指向了另一种 SIP 网元。"],
        ["向运营商确认注册服务器名称，并设为 RegistrarServer。"],
      ],
    ),
  },
  {
    codes: [502, 504],
    texts: texts(
      [
        "{server} can't reach the server behind it ({code}).",
        ["The border controller has lost the home network.", "A name can't be resolved there."],
        ["Look at the connection between border controller and core."],
      ],
      [
        "{server} 无法到达其后面的服务器（{code}）。",
        ["边界控制器与归属网络失去联系。", "该处域名无法解析。"],
        ["检查边界控制器与核心网之间的连接。"],
      ],
    ),
  },
  {
    codes: [503],
    texts: texts(
      [
        "{server} is overloaded or under maintenance (503).",
        ["Too many gateways register at once, as after an outage."],
        ["Wait, and repeat the test.", "Spread the registrations over time."],
      ],
      ["{server} 过载或正在维护（503）。", ["大量网关同时注册，例如故障恢复之后。"], ["等待后重新测试。", "将注册在时间上分散。"]],
    ),
  },
  {
    codes: [505],
    texts: texts(
      [
        "{server} does not take the SIP version (505).",
        ["Something on the way damages the first line of the REGISTER."],
        ["Switch off what rewrites SIP on the way.", "Look for newer firmware for the gateway."],
      ],
      [
        "{server} 不接受该 SIP 版本（505）。",
        ["途中有设备破坏了 REGISTER 的首行。"],
        ["关闭途中改写 SIP 的功能。", "为网关查找更新的固件。"],
      ],
    ),
  },
  {
    codes: [513],
    texts: texts(
      [
        "The message is too large for {server} (513).",
        ["Headers that are added on the way make it grow."],
        ["Register over TCP, or shorten what is added."],
      ],
      ["消息对 {server} 来说过大（513）。", ["途中添加的头域使消息变大。"], ["改用 TCP 注册，或减少添加的内容。"]],
    ),
  },
  {
    codes: [[500, 599]],
    texts: texts(
      [
        "{server} has an error ({code}, {phrase}).",
        ["A module or the database of the server is faulty."],
        ["Tell the operator of the server: code {code}, and when."],
      ],
      ["{server} 出错（{code}，{phrase}）。", ["服务器的某个模块或数据库故障。"], ["将代码 {code} 及发生时间告知服务器运营方。"]],
    ),
  },
  {
    codes: [600, 603],
    texts: texts(
      [
        "Every server refuses this terminal by policy ({code}).",
        ["A rule, or a list of barred users, covers this number."],
        ["Ask the operator why the number is refused."],
      ],
      ["所有服务器均按策略拒绝该终端（{code}）。", ["某条策略或黑名单包含此号码。"], ["向运营商询问拒绝该号码的原因。"]],
    ),
  },
  {
    codes: [604],
    texts: texts(
      [
        "The number exists nowhere (604).",
        ["It was never set up, or its domain is misspelt."],
        ["Set the number up, and compare its domain with the line's URI."],
      ],
      ["该号码在任何地方都不存在（604）。", ["号码从未开通，或域名拼写错误。"], ["开通该号码，并核对其域名与线路 URI。"]],
    ),
  },
  {
    codes: [606],
    texts: texts(
      [
        "No server takes what the REGISTER asks for (606).",
        ["The firmware asks for media or features that have no place here."],
        ["Update the firmware of the gateway."],
      ],
      ["没有服务器接受 REGISTER 所请求的内容（606）。", ["固件请求了不适用的媒体或功能。"], ["升级网关固件。"]],
    ),
  },
  {
    codes: [[600, 699]],
    texts: texts(
      [
        "Global failure: {server} refuses everything from this terminal ({code}).",
        ["The server has a setting against this terminal as a whole."],
        ["Look for this terminal in the server's settings: code {code}."],
      ],
      [
        "全局失败：{server} 拒绝该终端的一切请求（{code}）。",
        ["服务器对该终端整体设置了限制。"],
        ["在服务器设置中查找该终端：代码 {code}。"],
      ],
    ),
  },
  {
    codes: [[700, Number.POSITIVE_INFINITY]],
    texts: texts(
      [
        "A code that SIP does not define ({code}).",
        ["The server, or a box on the way, speaks a dialect of its own."],
        ["Ask the maker of {server} for the meaning of {code}."],
      ],
      ["SIP 未定义的代码（{code}）。", ["服务器或途中设备使用了私有扩展。"], ["向 {server} 的厂商询问代码 {code} 的含义。"]],
    ),
  },
];
