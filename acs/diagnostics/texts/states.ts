/**
 * What the states mean in which tests end: the Error_… words of the standards and of vendors' registration tests, and our own words for
 * what a Complete says (NoReply, PartialReply, Failure).
 * Spec: cwmp.md 8.2, 9.5; TR-098, TR-181, TR-143, TR-104. Layer: diagnostics, pure.
 */
import { type Texts, texts } from "./advice.js";

/** Vendors' registration tests that end in a state, not in a code (cwmp.md 9.5). */
const REGISTRATION_STATES: Readonly<Record<string, Texts>> = {
  Error_ResolveHostName: texts(
    [
      "The name of {server} can't be resolved.",
      ["The name is misspelt.", "The device's name server does not answer."],
      ["Test the name with nslookup from the device.", "Check RegistrarServer and OutboundProxy."],
    ],
    [
      "无法解析 {server} 的域名。",
      ["域名拼写错误。", "设备的域名服务器没有应答。"],
      ["在设备上用 nslookup 测试该域名。", "检查 RegistrarServer 和 OutboundProxy。"],
    ],
  ),
  Error_NoResponse: texts(
    [
      "{server} does not answer the device's REGISTER.",
      ["The network is down, or the SIP service of the server is."],
      ["Ping the server from the device: an answer means that its SIP service is down.", "Check port and transport."],
    ],
    [
      "{server} 没有应答设备的 REGISTER。",
      ["网络中断，或服务器的 SIP 服务中断。"],
      ["在设备上 ping 该服务器：若有应答，则是其 SIP 服务中断。", "检查端口和传输协议。"],
    ],
  ),
  Error_AuthFailed: texts(
    [
      "{server} does not accept the line's credentials (realm: {realm}).",
      ["User name or password is wrong."],
      ["Provision AuthUserName and AuthPassword anew, and repeat the test."],
    ],
    [
      "{server} 不接受该线路的鉴权信息（realm：{realm}）。",
      ["用户名或密码错误。"],
      ["重新下发 AuthUserName 和 AuthPassword，并重新测试。"],
    ],
  ),
  Error_Rejected: texts(
    [
      "{server} rejected the registration ({phrase}).",
      ["The account is unknown, barred, or not for this line."],
      ["Look at the account on the server, and at lastResponseCode."],
    ],
    ["{server} 拒绝了注册（{phrase}）。", ["账号不存在、被停用，或不属于该线路。"], ["在服务器上查看该账号，并查看 lastResponseCode。"]],
  ),
};

const ERRORS: Readonly<Record<string, Texts>> = {
  Error_CannotResolveHostName: texts(
    [
      "The host's name can't be resolved.",
      ["The name is wrong, or the name server is silent."],
      ["Look the name up with nslookup.", "Test with an IP address."],
    ],
    ["无法解析主机名。", ["主机名错误，或域名服务器无应答。"], ["用 nslookup 查询该名称。", "改用 IP 地址测试。"]],
  ),
  Error_NoRouteToHost: texts(
    [
      "The device has no route to the host.",
      ["The WAN connection is down.", "The interface that was chosen does not lead there."],
      ["Check the WAN connection and the routes.", "Leave the argument interface out."],
    ],
    ["设备没有到该主机的路由。", ["WAN 连接中断。", "所选接口无法到达该主机。"], ["检查 WAN 连接和路由。", "不指定 interface 参数。"]],
  ),
  Error_MaxHopCountExceeded: texts(
    [
      "The host is farther away than maxHops.",
      ["The way is long, or runs in a circle.", "The last hops don't answer."],
      ["Look at the hops: where do they stop or repeat?", "Repeat with a greater maxHops."],
    ],
    [
      "主机距离超过 maxHops。",
      ["路径过长或存在环路。", "最后几跳没有应答。"],
      ["查看各跳：在哪里停止或重复？", "加大 maxHops 后重新测试。"],
    ],
  ),
  Error_DNSServerNotResolved: texts(
    [
      "The name of the name server can't be resolved.",
      ["The argument dnsServer is a name that the device can't look up."],
      ["Give the name server's IP address."],
    ],
    ["无法解析域名服务器的名称。", ["参数 dnsServer 是设备无法解析的名称。"], ["改为填写域名服务器的 IP 地址。"]],
  ),
  Error_HostNameNotResolved: texts(
    [
      "The name server says that there is no such name.",
      ["The name is misspelt, or not set up in the DNS."],
      ["Look the name up at another name server (dnsServer).", "Set the name up in the DNS."],
    ],
    [
      "域名服务器表示没有该名称。",
      ["名称拼写错误，或未在 DNS 中配置。"],
      ["在另一台域名服务器上查询（dnsServer）。", "在 DNS 中配置该名称。"],
    ],
  ),
  Error_DNSServerNotAvailable: texts(
    [
      "The name server can't be reached.",
      ["It is down, or its address is wrong.", "Port 53 is blocked on the way."],
      ["Ping the name server.", "Repeat the lookup with another dnsServer."],
    ],
    [
      "无法到达域名服务器。",
      ["域名服务器停机，或其地址错误。", "途中 53 端口被阻断。"],
      ["ping 该域名服务器。", "换一个 dnsServer 重新查询。"],
    ],
  ),
  Error_InitConnectionFailed: texts(
    [
      "No connection to the test server.",
      ["The server is down or its port is closed.", "A firewall is in the way."],
      ["Open the URL from elsewhere.", "Ping the server from the device."],
    ],
    ["无法连接测试服务器。", ["服务器停机或端口关闭。", "途中有防火墙。"], ["从其他位置打开该 URL。", "在设备上 ping 该服务器。"]],
  ),
  Error_NoResponse: texts(
    ["The test server took the connection and did not answer.", ["The server is overloaded."], ["Look at the test server's log."]],
    ["测试服务器接受了连接但没有应答。", ["服务器过载。"], ["查看测试服务器的日志。"]],
  ),
  Error_TransferFailed: texts(
    [
      "The transfer broke off.",
      ["The connection was lost.", "The file is not there (HTTP 404)."],
      ["Check that the URL's file exists.", "Repeat the test."],
    ],
    ["传输中断。", ["连接丢失。", "文件不存在（HTTP 404）。"], ["确认 URL 指向的文件存在。", "重新测试。"]],
  ),
  Error_PasswordRequestFailed: texts(
    [
      "The FTP server did not ask for a password.",
      ["It refuses anonymous users at the name."],
      ["Allow anonymous access for tests, or use HTTP."],
    ],
    ["FTP 服务器没有请求密码。", ["它在用户名阶段就拒绝匿名用户。"], ["为测试开放匿名访问，或改用 HTTP。"]],
  ),
  Error_LoginFailed: texts(
    ["The test server refuses the log-in.", ["It wants an account; tests have none."], ["Choose a URL that needs no log-in."]],
    ["测试服务器拒绝登录。", ["它要求账号，而测试没有账号。"], ["选择无需登录的 URL。"]],
  ),
  Error_NoTransferMode: texts(
    [
      "The FTP server does not take the transfer mode.",
      ["It knows no binary transfer."],
      ["Test against another FTP server, or over HTTP."],
    ],
    ["FTP 服务器不支持该传输模式。", ["它不支持二进制传输。"], ["换一台 FTP 服务器，或改用 HTTP。"]],
  ),
  Error_NoPASV: texts(
    ["The FTP server has no passive mode.", ["Passive mode is switched off there."], ["Switch passive mode on at the server."]],
    ["FTP 服务器不支持被动模式。", ["服务器上关闭了被动模式。"], ["在服务器上开启被动模式。"]],
  ),
  Error_NoCWD: texts(
    ["The FTP server does not have the folder.", ["The folder in the URL is wrong."], ["Correct the folder in the URL."]],
    ["FTP 服务器上没有该目录。", ["URL 中的目录错误。"], ["更正 URL 中的目录。"]],
  ),
  Error_NoSTOR: texts(
    ["The FTP server takes no file.", ["The folder may not be written."], ["Allow writing in that folder."]],
    ["FTP 服务器不接受文件。", ["该目录不可写。"], ["允许写入该目录。"]],
  ),
  Error_NoTransferComplete: texts(
    ["The FTP server did not confirm the end of the upload.", ["It ran out of space or time."], ["Check the disk of the FTP server."]],
    ["FTP 服务器没有确认上传完成。", ["其空间不足或超时。"], ["检查 FTP 服务器的磁盘。"]],
  ),
  Error_IncorrectSize: texts(
    [
      "The file has another size than was told.",
      ["A proxy changes the file on the way.", "The file was replaced meanwhile."],
      ["Fetch the file from elsewhere and compare its size."],
    ],
    ["文件大小与声明不符。", ["代理在途中改动了文件。", "文件在此期间被替换。"], ["从其他位置获取该文件并比较大小。"]],
  ),
  Error_Timeout: texts(
    ["The test ran out of its time.", ["The line is slow, or the file too large."], ["Test with a smaller file."]],
    ["测试超时。", ["线路速度慢，或文件过大。"], ["改用更小的文件测试。"]],
  ),
  Error_TestNotSupported: texts(
    [
      "The device does not know this kind of test.",
      ["The selector is not one of its own."],
      ["Leave the selector out, or look up which ones the maker has."],
    ],
    ["设备不支持此类测试。", ["选择的测试项不在设备支持范围内。"], ["不指定 selector，或查看厂商支持的测试项。"]],
  ),
  Error_Internal: texts(
    [
      "The test failed inside the device.",
      ["A fault of its firmware, or too little memory."],
      ["Repeat the test; if it fails again, restart the device."],
    ],
    ["测试在设备内部失败。", ["固件故障或内存不足。"], ["重新测试；若再次失败，重启设备。"]],
  ),
  Error_Other: texts(
    [
      "The test failed, and the device does not say why.",
      ["The device knows no better word for it."],
      ["Repeat the test, and read the device's log."],
    ],
    ["测试失败，设备没有说明原因。", ["设备没有更具体的说明。"], ["重新测试，并查看设备日志。"]],
  ),
};

/** Words of ours for what a Complete says. */
const ENDED: Readonly<Record<string, Texts>> = {
  Complete: texts(
    ["The test has ended well.", ["Nothing is wrong with what was tested."], ["None is needed."]],
    ["测试正常结束。", ["被测对象没有问题。"], ["无需处理。"]],
  ),
  PartialReply: texts(
    [
      "Some of the requests were answered, and some were lost.",
      ["The line loses packets.", "The host limits how many it answers."],
      ["Repeat with more repetitions.", "Run traceroute to see where packets get lost."],
    ],
    [
      "部分请求得到应答，部分丢失。",
      ["线路存在丢包。", "对端限制了应答数量。"],
      ["增加重复次数后重新测试。", "用路由跟踪查看在哪里丢包。"],
    ],
  ),
  NoReply: texts(
    [
      "None of the requests was answered.",
      ["The host is down, or does not answer such requests.", "A firewall drops them."],
      ["Test another host, one near and one far away.", "Run traceroute."],
    ],
    ["所有请求均无应答。", ["对端停机，或不应答此类请求。", "防火墙丢弃了请求。"], ["测试其他主机，一近一远。", "执行路由跟踪。"]],
  ),
  Failure: texts(
    [
      "The port or what is plugged in did not pass the test.",
      ["Nothing is plugged in, or a wire is broken.", "A foreign voltage is on the wire."],
      ["Check the plug and the wires.", "Repeat the test with another telephone."],
    ],
    ["端口或所接设备未通过测试。", ["没有插入设备，或线路断开。", "线路上有外来电压。"], ["检查插头和线路。", "换一部电话后重新测试。"]],
  ),
};

const UNKNOWN_STATE: Texts = texts(
  [
    "The test ended with an error that the standards don't know: {code}.",
    ["The maker uses a word of its own."],
    ["Look {code} up in the documents of the maker."],
  ],
  ["测试以标准未定义的错误结束：{code}。", ["厂商使用了自定义名称。"], ["在厂商文档中查找 {code}。"]],
);

/** All of them, by a name that is unique; for those who check the texts. */
export const STATE_TEXTS: ReadonlyMap<string, Texts> = new Map([
  ...Object.entries(REGISTRATION_STATES).map(([name, one]) => [`registration ${name}`, one] as const),
  ...Object.entries(ERRORS),
  ...Object.entries(ENDED),
  ["another", UNKNOWN_STATE],
]);

/** @param word As told, e.g. "Error_Internal". */
export function stateTexts(word: string, isRegistration: boolean): Texts {
  const own = isRegistration && Object.hasOwn(REGISTRATION_STATES, word) ? REGISTRATION_STATES[word] : undefined;
  return own ?? (STATE_TEXTS.has(word) ? STATE_TEXTS.get(word) : undefined) ?? UNKNOWN_STATE;
}
