/**
 * Attributes of parameters: whom a change is told, and who else may write.
 * Spec: TR-069 A.3.2.4, A.3.2.5. Layer: device, pure.
 */
import type { ParameterAttribute } from "../../acs/cwmp/rpc/get-parameter-attributes.js";
import type { ParameterAttributeChange } from "../../acs/cwmp/rpc/set-parameter-attributes.js";
import { type ParameterTree, parametersAt } from "./parameter-tree.js";
import { RpcFault } from "./rpc-fault.js";

/** What the ACS has changed of one parameter; the rest is as the factory left it. */
export interface StoredAttributes {
  readonly notification?: Notification;
  readonly accessList?: readonly string[];
}

/** 0 off, 1 passive: told by the next Inform, 2 active: opens a session. */
export type Notification = 0 | 1 | 2;

const SUBSCRIBER = "Subscriber";
/** The standard's one entity, or a vendor's. */
const ENTITY = /^(Subscriber|X_[0-9A-Za-z-]+_.+)$/;
const ENTITY_CHARACTERS_MAX = 64;

export function notificationOf({ index, attributes }: ParameterTree, name: string): Notification {
  const definition = index.definitions.get(name);
  if (definition?.forcedNotification) return 2;
  return attributes.get(name)?.notification ?? (definition?.activeNotification ? 2 : 0);
}

/** "…access SHOULD be granted to all entities" until an ACS has changed the list; a read-only parameter grants it to nobody. */
function accessListOf({ index, attributes }: ParameterTree, name: string): readonly string[] {
  return attributes.get(name)?.accessList ?? (index.definitions.get(name)?.writable ? [SUBSCRIBER] : []);
}

/** Whether somebody at the device may change it. What is read-only to an ACS is the device's own business. */
export function isOpenToSubscriber(tree: ParameterTree, name: string): boolean {
  return !tree.index.definitions.get(name)?.writable || accessListOf(tree, name).includes(SUBSCRIBER);
}

/** @throws {RpcFault} 9005 if any name is unknown. */
export function getAttributes(tree: ParameterTree, names: readonly string[]): readonly ParameterAttribute[] {
  const wanted = new Set(names.flatMap((name) => parametersAt(tree.index, name)));
  return [...wanted].map((name) => ({ name, notification: notificationOf(tree, name), accessList: accessListOf(tree, name) }));
}

/**
 * All changes are made, or none; of two for one parameter the later wins. A partial path means the parameters below it that exist now.
 * Where active notification is forced, it stays: a change of the whole object must not fail because of it.
 * @throws {RpcFault} 9005: unknown name. 9003: a notification or an entity that this device does not know. 9009: it denies active notification.
 */
export function setAttributes(tree: ParameterTree, changes: readonly ParameterAttributeChange[]): ParameterTree {
  const attributes = new Map(tree.attributes);
  for (const change of changes) {
    const { name } = change;
    const read = readChange(change);
    for (const parameter of parametersAt(tree.index, name)) {
      if (read.notification === 2 && tree.index.definitions.get(parameter)?.mayDenyNotification) {
        throw new RpcFault(9009, `${parameter} is not told actively`);
      }
      attributes.set(parameter, { ...attributes.get(parameter), ...read });
    }
  }
  return { ...tree, attributes };
}

function readChange({ name, notification, accessList }: ParameterAttributeChange): StoredAttributes {
  // 3 to 6 are lightweight notifications, which this device does not send.
  if (notification !== undefined && !isNotification(notification)) throw new RpcFault(9003, `${name}: notification ${notification}`);
  const stranger = accessList?.find((entity) => !ENTITY.test(entity) || entity.length > ENTITY_CHARACTERS_MAX);
  if (stranger !== undefined) throw new RpcFault(9003, `${name}: unknown entity in the access list`);
  return {
    ...(notification === undefined ? {} : { notification }),
    ...(accessList === undefined ? {} : { accessList: [...new Set(accessList)] }),
  };
}

const isNotification = (value: number): value is Notification => value === 0 || value === 1 || value === 2;
