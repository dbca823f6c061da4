export { SHARD_GATEWAY, shardGatewayAbi } from "./gateway.ts";
export {
  type Message,
  type MessagePlace,
  type MessageStatus,
  messageId,
  type SeenMessage,
} from "./Message.ts";
export { type CrossShardCall, crossShardCall, sendAcross } from "./sendAcross.ts";
export { type ShardNodes, type VerifiedMessage, verifyMessage } from "./verifyMessage.ts";
export {
  findMessage,
  type MessageWait,
  messagesOfTransaction,
  type ShardNode,
  waitForMessage,
} from "./waitForMessage.ts";
