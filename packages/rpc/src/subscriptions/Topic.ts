import type { RpcNode } from "../RpcNode.ts";
import type { Session, StartTopic } from "../Session.ts";

export type Topic = (node: RpcNode, options: unknown, session: Session) => StartTopic;

export type Topics = ReadonlyMap<string, Topic>;
