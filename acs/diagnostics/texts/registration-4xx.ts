/**
 * What the codes 400 to 499 of a registration test mean.
 * Spec: CN 103067208 B; sip.md 4.1, 4.2; RFC 3261 21.4. Layer: diagnostics, pure.
 */
import { texts } from "./advice.js";
import type { CodeTexts } from "./registration.js";

export const CLIENT_ERRORS: readonly CodeTexts[] = [
  {
    codes: [400],
    texts: texts(
      [
        "{server} can't read the REGISTER (400, {phrase}).",
        ["A router or the gateway itself rewrites SIP on the way (SIP ALG).", "The gateway builds a wrong Contact or CSeq."],
        ["Compare the REGISTER at the gateway with the one at the server.", "Switch SIP ALG off, or register over TLS or another port."],
      ],
      [
        "{server} 无法解析 REGISTER 请求（400，{phrase}）。",
        ["路由器或网关自身在途中改写了 SIP 报文（SIP ALG）。", "网关生成的 Contact 或 CSeq 有误。"],
        ["对比网关侧与服务器侧的 REGISTER 报文。", "关闭 SIP ALG，或改用 TLS 或其他端口注册。"],
      ],
    ),
  },
  {
    codes: [401],
    texts: texts(
      [
        "{server} refused the account three times: SIP user name or password is wrong (401, realm: {realm}).",
        [
          "The password or the authentication user name on the gateway is not the server's.",
          "The account is of another realm, or its password was stored for another realm or algorithm.",
          "If the server says stale each time: its nonces expire too soon, or two servers answer that don't share them.",
        ],
        [
          "Set AuthUserName and AuthPassword of the line again, then repeat the test.",
          "Compare the realm with the account's on the server.",
        ],
      ],
      [
        "{server} 连续三次拒绝该账号：SIP 用户名或密码错误（401，realm：{realm}）。",
        [
          "网关上的密码或鉴权用户名与服务器不一致。",
          "账号属于另一个 realm，或服务器按另一个 realm 或算法保存了密码。",
          "若服务器每次都返回 stale：其 nonce 过期太快，或应答的是两台不共享 nonce 的服务器。",
        ],
        ["重新下发该线路的 AuthUserName 和 AuthPassword，然后重新测试。", "核对该 realm 与服务器上账号的 realm。"],
      ],
    ),
  },
  {
    codes: [403],
    texts: texts(
      [
        "{server} forbids this registration (403, {phrase}).",
        [
          "The account is barred or locked after too many failures.",
          "The account may not be used on this access line or from this address.",
          "The address of record does not belong to the authentication user.",
        ],
        [
          "Look at the account's state on the server.",
          "Compare the URI of the line with its AuthUserName, and the line with the account's.",
        ],
      ],
      [
        "{server} 禁止此次注册（403，{phrase}）。",
        ["账号被停用，或因多次失败被锁定。", "该账号不允许在此接入线路或此地址上使用。", "注册地址（AoR）不属于该鉴权用户。"],
        ["在服务器上查看账号状态。", "核对线路的 URI 与 AuthUserName，以及线路与账号的对应关系。"],
      ],
    ),
  },
  {
    codes: [404, 410],
    texts: texts(
      [
        "{server} does not know this number, or no longer ({code}).",
        ["The number is not set up on the server, or was removed.", "The domain of the line's URI is wrong."],
        ["Set the number up on the server.", "Check URI, UserAgentDomain and RegistrarServer of the line."],
      ],
      [
        "{server} 上没有此号码，或该号码已删除（{code}）。",
        ["服务器上未开通该号码，或已被删除。", "线路 URI 中的域名错误。"],
        ["在服务器上开通该号码。", "检查线路的 URI、UserAgentDomain 和 RegistrarServer。"],
      ],
    ),
  },
  {
    codes: [405],
    texts: texts(
      [
        "{server} takes no REGISTER: it is no registrar (405).",
        ["RegistrarServer names a proxy or a media server."],
        ["Check RegistrarServer, its port and its transport."],
      ],
      [
        "{server} 不接受 REGISTER：它不是注册服务器（405）。",
        ["RegistrarServer 指向了代理或媒体服务器。"],
        ["检查 RegistrarServer 及其端口和传输协议。"],
      ],
    ),
  },
  {
    codes: [406, 415, 416, 488],
    texts: texts(
      [
        "{server} does not take what the gateway's REGISTER carries ({code}).",
        ["The firmware sends a body, an Accept or a URI scheme that has no place in a REGISTER."],
        ["Look for newer firmware.", "Check that the line's URI begins with sip: where the server knows no other scheme."],
      ],
      [
        "{server} 不接受网关 REGISTER 中的内容（{code}）。",
        ["固件在 REGISTER 中携带了不应有的消息体、Accept 或 URI 类型。"],
        ["查找更新的固件。", "若服务器只支持 sip:，请检查线路 URI 是否以 sip: 开头。"],
      ],
    ),
  },
  {
    codes: [407],
    texts: texts(
      [
        "A proxy before the registrar refused the account three times (407, realm: {realm}).",
        [
          "The proxy wants credentials of its own, which the gateway does not have.",
          "User name or password for the proxy's realm is wrong.",
        ],
        ["Check OutboundProxy and ProxyServer.", "Set the credentials that the proxy's realm wants, then repeat the test."],
      ],
      [
        "注册服务器之前的代理连续三次拒绝该账号（407，realm：{realm}）。",
        ["代理要求其自身的鉴权信息，而网关没有。", "用于代理 realm 的用户名或密码错误。"],
        ["检查 OutboundProxy 和 ProxyServer。", "设置代理 realm 所要求的鉴权信息，然后重新测试。"],
      ],
    ),
  },
  {
    codes: [408],
    texts: texts(
      [
        "A server behind {server} did not answer in time (408).",
        ["The operator's core or its subscriber database is slow or down."],
        ["Look at the core behind {server}.", "Repeat the test later: the gateway is reached, and answers."],
      ],
      [
        "{server} 后面的服务器没有及时应答（408）。",
        ["运营商核心网或用户数据库缓慢或故障。"],
        ["检查 {server} 后面的核心网。", "稍后重新测试：网关到服务器的路径正常。"],
      ],
    ),
  },
  {
    codes: [413],
    texts: texts(
      [
        "{server} finds the REGISTER too large (413).",
        ["Too many Path or Contact headers on the way."],
        ["Have the edge servers trim what they add."],
      ],
      ["{server} 认为 REGISTER 过大（413）。", ["途中添加了过多的 Path 或 Contact 头域。"], ["让边缘服务器减少添加的头域。"]],
    ),
  },
  {
    codes: [420, 421, 494],
    texts: texts(
      [
        "{server} refuses a SIP extension, or wants one that the gateway lacks ({code}).",
        ["The gateway's profile (path, outbound, security agreement) is not the server's."],
        ["Choose the gateway's SIP profile for this operator."],
      ],
      [
        "{server} 拒绝某个 SIP 扩展，或要求网关不支持的扩展（{code}）。",
        ["网关的 SIP 配置（path、outbound、安全协商）与服务器不符。"],
        ["为该运营商选择相应的网关 SIP 配置。"],
      ],
    ),
  },
  {
    codes: [423],
    texts: texts(
      [
        "{server} refused the registration interval three times (423, Min-Expires: {minExpires}).",
        ["The line's registration period is shorter than the server allows."],
        ["Set RegistrationPeriod (RegisterExpires) to Min-Expires or more, then repeat the test."],
      ],
      [
        "{server} 连续三次拒绝注册周期（423，Min-Expires：{minExpires}）。",
        ["线路的注册周期短于服务器允许的最小值。"],
        ["将 RegistrationPeriod（RegisterExpires）设为不小于 Min-Expires，然后重新测试。"],
      ],
    ),
  },
  {
    codes: [430, 439],
    texts: texts(
      [
        "The edge server has trouble with the gateway's flow ({code}).",
        ["The first hop does not support outbound (RFC 5626), or lost the connection."],
        ["Check OutboundProxy.", "Switch outbound off at the gateway where the edge does not have it."],
      ],
      [
        "边缘服务器处理网关的连接流时出错（{code}）。",
        ["第一跳不支持 outbound（RFC 5626），或连接已丢失。"],
        ["检查 OutboundProxy。", "若边缘服务器不支持，请在网关上关闭 outbound。"],
      ],
    ),
  },
  {
    codes: [480],
    texts: texts(
      [
        "The home network of the number can't be reached, or has logged it off (480).",
        ["The routing server leads nowhere.", "The user is logged off in the subscriber database."],
        ["Check the number's route and its state in the subscriber database."],
      ],
      [
        "无法到达该号码的归属网络，或该号码已在归属网络注销（480）。",
        ["路由服务器的路由无效。", "用户在用户数据库中处于注销状态。"],
        ["检查该号码的路由及其在用户数据库中的状态。"],
      ],
    ),
  },
  {
    codes: [482, 483],
    texts: texts(
      [
        "The REGISTER runs in a circle between servers ({code}).",
        ["Visited and home domain send it to each other."],
        ["Check the routing data of the number's domain."],
      ],
      ["REGISTER 在服务器之间循环（{code}）。", ["拜访域和归属域相互转发该请求。"], ["检查该号码所属域的路由数据。"]],
    ),
  },
  {
    codes: [486],
    texts: texts(
      [
        "{server} calls itself busy for this line (486).",
        ["A rule of the session border controller refuses the gateway."],
        ["Look at the rules and limits of the border controller."],
      ],
      ["{server} 对该线路返回忙（486）。", ["会话边界控制器的策略拒绝了该网关。"], ["检查边界控制器的策略和限制。"]],
    ),
  },
  {
    codes: [[400, 499]],
    texts: texts(
      [
        "{server} refuses the request of the terminal ({code}, {phrase}): a fault of the gateway's SIP module is likely.",
        [
          "The gateway's SIP module or its settings don't fit this server.",
          "The server's database or a module of it is set up wrongly for this account.",
        ],
        ["Compare the line's settings with a line that works.", "Look for code {code} in the server's log."],
      ],
      [
        "{server} 拒绝终端的请求（{code}，{phrase}）：网关 SIP 模块可能有故障。",
        ["网关的 SIP 模块或其配置与该服务器不符。", "服务器的数据库或某个模块对该账号配置有误。"],
        ["与可正常工作的线路对比配置。", "在服务器日志中查找代码 {code}。"],
      ],
    ),
  },
];
