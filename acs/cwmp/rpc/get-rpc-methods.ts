/**
 * GetRPCMethods: either side asks the other which methods it knows.
 * Spec: TR-069 A.3.1.1. Layer: codec, pure. Golden: test/golden/cwmp/get-rpc-methods*.
 */
import { readStrings, writeStrings } from "../values.js";
import { child, type Element, el } from "../xml.js";

export interface GetRPCMethods {
  readonly kind: "GetRPCMethods";
}

export interface GetRPCMethodsResponse {
  readonly kind: "GetRPCMethodsResponse";
  readonly methods: readonly string[];
}

export function readGetRPCMethods(): GetRPCMethods {
  return { kind: "GetRPCMethods" };
}

export function writeGetRPCMethods(): Element {
  return el("cwmp:GetRPCMethods", {});
}

export function readGetRPCMethodsResponse(body: Element): GetRPCMethodsResponse {
  return { kind: "GetRPCMethodsResponse", methods: readStrings(child(body, "MethodList")) };
}

export function writeGetRPCMethodsResponse({ methods }: GetRPCMethodsResponse): Element {
  return el("cwmp:GetRPCMethodsResponse", {}, writeStrings("MethodList", methods));
}
