export { keyRegistrySlot } from "@trellis/protocol";
export { CrossLinks } from "../generated/CrossLinks.ts";
export { KeyRegistry } from "../generated/KeyRegistry.ts";
export { Parameters } from "../generated/Parameters.ts";
export { ShardGateway } from "../generated/ShardGateway.ts";
export { ShardStaking } from "../generated/ShardStaking.ts";
export { Staking } from "../generated/Staking.ts";
export { Timelock } from "../generated/Timelock.ts";
export { Treasury } from "../generated/Treasury.ts";
export { TrellisGovernor } from "../generated/TrellisGovernor.ts";
export {
  CROSS_LINKS_ADDRESS,
  DETERMINISTIC_DEPLOYER_ADDRESS,
  GOVERNOR_ADDRESS,
  KEY_REGISTRY_ADDRESS,
  PARAMETERS_ADDRESS,
  SHARD_GATEWAY_ADDRESS,
  STAKING_ADDRESS,
  SYSTEM_ADDRESS,
  TIMELOCK_ADDRESS,
  TREASURY_ADDRESS,
} from "./addresses.ts";
export { contractsErrors } from "./errors.ts";
export type { GenesisValidator, StakingGenesis } from "./genesis/StakingGenesis.ts";
export {
  constructAtGenesis,
  type GenesisContracts,
  systemAccountsWith,
} from "./genesis/systemAccountsWith.ts";
export { GOVERNED, type Governed, type GovernedValues } from "./governance/governed.ts";
export { readParameters } from "./governance/readParameters.ts";
export { createKeyCheck, isKeyValid } from "./keyRegistry.ts";
export { type BlockMessage, blockMessages } from "./shards/blockMessages.ts";
export { entryParties } from "./shards/entryParties.ts";
export { deliverCall, synchronizeCall } from "./shards/gatewayCalls.ts";
export {
  DELIVERY_OUTCOMES,
  type DeliveryOutcome,
  deliveryOutcome,
  sentMessage,
} from "./shards/gatewayLogs.ts";
export {
  type Inbox,
  inboxSlot,
  isStalled,
  type Outbox,
  outboxHeadSlot,
  outboxSlot,
  readGateway,
  readInbox,
  readOutbox,
  readOutboxHead,
  STALL_SECONDS,
  unpackInbox,
  unpackOutbox,
} from "./shards/gatewayState.ts";
export {
  readShardRecord,
  recordCrossLinkCall,
  replaceSilentCall,
  type ShardRecord,
} from "./shards/records.ts";
export { readActiveSet } from "./staking/readActiveSet.ts";
export { type Epoch, readEpoch } from "./staking/readEpoch.ts";
export { encodeCall } from "./storage/encodeAbi.ts";
export { deploymentsAt, systemAccounts, withSystemContracts } from "./systemAccounts.ts";
export { issuanceIfEpochEnds } from "./systemCalls/issuanceIfEpochEnds.ts";
export {
  countCrossLinkCall,
  endEpochCall,
  recordCertificateCall,
  SYSTEM_CALL_GAS,
  slashEquivocationCall,
} from "./systemCalls/systemCalls.ts";
export {
  punishableOf,
  type RecordedCrossLink,
  recordableOf,
  systemCallsOfBlock,
} from "./systemCalls/systemCallsOfBlock.ts";
