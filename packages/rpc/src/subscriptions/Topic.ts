import type { RpcNode } from "../RpcNode.ts";
import type { StartTopic } from "../Session.ts";

export type Topic = (node: RpcNode, options: unknown) => StartTopic;

export type Topics = ReadonlyMap<string, Topic>;
