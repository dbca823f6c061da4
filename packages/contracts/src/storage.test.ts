import { describe, expect, it } from "vitest";
import { CrossLinks } from "../generated/CrossLinks.ts";
import { Parameters } from "../generated/Parameters.ts";
import { ShardGateway } from "../generated/ShardGateway.ts";
import { ShardStaking } from "../generated/ShardStaking.ts";
import { Staking } from "../generated/Staking.ts";
import { ENTRY } from "./governance/readParameters.ts";
import {
  CROSS_LINKS_LAYOUT,
  GATEWAY_LAYOUT,
  INBOX_LAYOUT,
  OUTBOX_LAYOUT,
  SHARD_RECORD_LAYOUT,
} from "./shards/layout.ts";
import { EPOCH_SET_LAYOUT, MEMBER_KEY_LAYOUT, STAKING_LAYOUT, VALIDATOR_LAYOUT } from "./staking/layout.ts";
import type { Place } from "./storage/slots.ts";

const texts = (layout: Readonly<Record<string, Place>>, prefix = "") =>
  Object.fromEntries(
    Object.entries(layout).map(([name, { slot, offset }]) => [prefix + name, `${slot}+${offset}`]),
  );

describe("STAKE-13, SHARD-5, SHARD-15: nodes read the storage layout of the compiler", () => {
  it.each([
    ["Staking", texts(STAKING_LAYOUT), Staking.storage],
    ["Staking.EpochSet", texts(EPOCH_SET_LAYOUT, "EpochSet."), Staking.storage],
    ["Staking.MemberKey", texts(MEMBER_KEY_LAYOUT, "MemberKey."), Staking.storage],
    ["Staking.Validator", texts(VALIDATOR_LAYOUT, "Validator."), Staking.storage],
    ["ShardGateway", texts(GATEWAY_LAYOUT), ShardGateway.storage],
    ["ShardGateway.Outbox", texts(OUTBOX_LAYOUT, "Outbox."), ShardGateway.storage],
    ["ShardGateway.Inbox", texts(INBOX_LAYOUT, "Inbox."), ShardGateway.storage],
    ["CrossLinks", texts(CROSS_LINKS_LAYOUT), CrossLinks.storage],
    ["CrossLinks.Record", texts(SHARD_RECORD_LAYOUT, "Record."), CrossLinks.storage],
    ["ShardStaking", texts(STAKING_LAYOUT), ShardStaking.storage],
    ["Parameters", { entries: "0+0", ...texts(ENTRY, "Entry.") }, Parameters.storage],
  ])("%s", (_name, expected, compiled) => {
    expect(compiled).toMatchObject(expected);
  });
});
