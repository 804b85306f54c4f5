/**
 * What each code of a registration test means, 0 to 999: those below 100 are faults of the device and of the network, the others what
 * the SIP server answered.
 * Spec: CN 103067208 B (table, [0176], [0180]); sip.md 4.1. Layer: diagnostics, pure.
 */
import { type Texts, texts } from "./advice.js";
import { CLIENT_ERRORS } from "./registration-4xx.js";
import { SERVER_ERRORS } from "./registration-5xx.js";

export interface CodeTexts {
  /** Single codes, and ranges from and to. */
  readonly codes: readonly (number | readonly [from: number, to: number])[];
  readonly texts: Texts;
}

const OWN: readonly CodeTexts[] = [
  {
    codes: [0],
    texts: texts(
      [
        "The test has ended, and the device tells no result.",
        ["The device's test stores no fault code."],
        ["Read the object of the test in the device's tree.", "Repeat the test."],
      ],
      ["测试已结束，但设备没有给出结果。", ["设备的测试没有保存故障码。"], ["在设备参数树中查看测试对象。", "重新测试。"]],
    ),
  },
  {
    codes: [1],
    texts: texts(
      [
        "The SIP settings of the line are incomplete or out of range.",
        ["The ACS has sent an incomplete configuration.", "Somebody has changed the settings on the device."],
        [
          "Check registrar, port, URI, authentication user, password, registration period and transport of the line.",
          "Provision the line again.",
        ],
      ],
      [
        "线路的 SIP 配置不完整或超出范围。",
        ["ACS 下发的配置不完整。", "设备上的配置被人改动。"],
        ["检查线路的注册服务器、端口、URI、鉴权用户、密码、注册周期和传输协议。", "重新下发线路配置。"],
      ],
    ),
  },
  {
    codes: [2],
    texts: texts(
      [
        "The network to {server} is down: neither REGISTER nor ping is answered.",
        [
          "The access line or a network on the way is down.",
          "The address of the server is wrong.",
          "The server forbids ping, and does not answer REGISTER either.",
        ],
        [
          "Test with ping and traceroute from the device.",
          "Check RegistrarServer, OutboundProxy and the name server.",
          "Ping the server from elsewhere.",
        ],
      ],
      [
        "到 {server} 的网络不通：REGISTER 和 ping 均无应答。",
        ["接入线路或途中网络中断。", "服务器地址错误。", "服务器禁止 ping，同时也不应答 REGISTER。"],
        ["在设备上执行 ping 和路由跟踪测试。", "检查 RegistrarServer、OutboundProxy 和域名服务器。", "从其他位置 ping 该服务器。"],
      ],
    ),
  },
  {
    codes: [3],
    texts: texts(
      [
        "{server} answers ping, and not REGISTER.",
        [
          "The SIP module of the server is down, or listens on another port or transport.",
          "A firewall or an ALG drops its answers.",
          "The server has banned the gateway's address.",
        ],
        [
          "Check the SIP service, port and transport of the server.",
          "Look for the gateway's address in its ban list.",
          "Capture packets on both sides.",
        ],
      ],
      [
        "{server} 可以 ping 通，但不应答 REGISTER。",
        ["服务器的 SIP 模块故障，或监听在其他端口或传输协议上。", "防火墙或 ALG 丢弃了应答。", "服务器封禁了网关的地址。"],
        ["检查服务器的 SIP 服务、端口和传输协议。", "在服务器封禁列表中查找网关地址。", "在两侧抓包。"],
      ],
    ),
  },
  {
    codes: [4],
    texts: texts(
      [
        "The time of the test ran out before {server} or the network had told anything.",
        ["The time-out is too short for three attempts and the pings.", "The name of the server is resolved slowly."],
        ["Repeat the test with a longer timeoutMs.", "Test the name server with nslookup."],
      ],
      [
        "在 {server} 或网络给出任何信息之前，测试时间已用尽。",
        ["超时时间不足以完成三次尝试和 ping。", "服务器域名解析缓慢。"],
        ["加大 timeoutMs 后重新测试。", "用 nslookup 测试域名服务器。"],
      ],
    ),
  },
  {
    codes: [[5, 99]],
    texts: texts(
      [
        "A fault of the device or its network that only its maker knows ({code}).",
        ["The maker uses a code of its own."],
        ["Look {code} up in the maker's manual."],
      ],
      ["设备或其网络的故障，含义由厂商定义（{code}）。", ["厂商使用了自定义代码。"], ["在厂商手册中查找代码 {code}。"]],
    ),
  },
  {
    codes: [[100, 199]],
    texts: texts(
      [
        "{server} answered provisionally ({code}), and never finally.",
        ["The server has received the REGISTER, and is stuck or fell silent."],
        ["Look at the server's load and log.", "Repeat the test."],
      ],
      [
        "{server} 只返回了临时应答（{code}），没有最终应答。",
        ["服务器已收到 REGISTER，但卡住或停止响应。"],
        ["检查服务器的负载和日志。", "重新测试。"],
      ],
    ),
  },
];

const GOOD: readonly CodeTexts[] = [
  {
    codes: [200],
    texts: texts(
      [
        "The registration succeeds: no fault.",
        ["What was wrong before is over, or lies elsewhere than in registration."],
        ["If calls fail all the same, look at call routing, codecs and NAT."],
      ],
      ["注册成功：没有故障。", ["此前的问题已消失，或不在注册环节。"], ["若通话仍有问题，请检查呼叫路由、编解码和 NAT。"]],
    ),
  },
  {
    codes: [[201, 299]],
    texts: texts(
      [
        "The registration succeeds, with an unusual code ({code}).",
        ["The server answers success in a way of its own."],
        ["None is needed for the line; tell the operator of the server."],
      ],
      ["注册成功，但返回了不常见的代码（{code}）。", ["服务器以自己的方式表示成功。"], ["线路无需处理；可告知服务器运营方。"]],
    ),
  },
];

const REDIRECTIONS: readonly CodeTexts[] = [
  {
    codes: [[300, 399]],
    texts: texts(
      [
        "{server} behaves abnormally: it redirects ({code}), which this use does not define.",
        ["The registrar's address is wrong, or its load was moved elsewhere."],
        ["Set RegistrarServer to the address that the operator names now."],
      ],
      [
        "{server} 行为异常：返回了重定向（{code}），此用途未定义重定向。",
        ["注册服务器地址错误，或其业务已迁移到别处。"],
        ["将 RegistrarServer 设为运营商当前提供的地址。"],
      ],
    ),
  },
];

/** Single codes come before the range that holds them. */
export const REGISTRATION_TEXTS: readonly CodeTexts[] = [...OWN, ...GOOD, ...REDIRECTIONS, ...CLIENT_ERRORS, ...SERVER_ERRORS];

/** @param code 0 or more. */
export function registrationTexts(code: number): Texts {
  const fits = ({ codes }: CodeTexts): boolean =>
    codes.some((one) => (typeof one === "number" ? one === code : one[0] <= code && code <= one[1]));
  const found = REGISTRATION_TEXTS.find(fits);
  if (found === undefined) throw new RangeError(`${code} is no code of a registration test`);
  return found.texts;
}
