import { bytesToHex, type Steps } from "@trellis/base";
import { entryParties } from "@trellis/contracts";
import {
  type Address,
  type Block,
  blockEntries,
  type ChainBlock,
  type Evidence,
  eachLog,
  type Hash,
  ZERO_ADDRESS,
} from "@trellis/protocol";
import type { PutOperation } from "@trellis/storage";
import {
  type EvidenceValue,
  emittedTopic,
  holdingKey,
  type Role,
  type Tables,
  type TransferValue,
} from "../tables.ts";
import { messageEntries } from "./messageEntries.ts";
import { type Transfer, transfersOf } from "./transfersOf.ts";

interface BlockEntries {
  readonly puts: readonly PutOperation[];
  readonly tokens: ReadonlyMap<Address, Transfer["standard"]>;
}

export function* entriesOf(
  block: ChainBlock,
  blockOf: (carrier: Hash) => Block | undefined,
  tables: Tables,
): Steps<BlockEntries> {
  const puts: PutOperation[] = [];
  const tokens = new Map<Address, Transfer["standard"]>();
  const number = block.header.number;
  let logIndex = 0;
  for (const [index, entry] of blockEntries(block).entries()) {
    const { receipt } = entry;
    const { transactionHash } = receipt;
    const roles = new Map<Address, Set<Role>>();
    const take = (account: Address | null, role: Role): void => {
      if (account !== null) roles.set(account, (roles.get(account) ?? new Set()).add(role));
    };
    const { from, to } = entryParties(entry);
    take(from, "sender");
    take(to, "recipient");
    take(receipt.contractAddress, "created");
    for (const log of eachLog(receipt)) {
      yield;
      const place = [number, logIndex++];
      for (const [position, topic] of log.topics.entries()) {
        const value = { emitter: log.address, transactionHash, position };
        const of = emittedTopic(log.address, topic);
        puts.push(tables.topics.put({ of: topic, place: [...place, position] }, value));
        puts.push(tables.emittedTopics.put({ of, place: [...place, position] }, new Uint8Array()));
      }
      for (const [item, transfer] of transfersOf(log).entries()) {
        const value = transferValue(transactionHash, log.address, transfer);
        tokens.set(log.address, transfer.standard);
        puts.push(tables.tokenTransfers.put({ of: log.address, place: [...place, item] }, value));
        for (const account of new Set([transfer.from, transfer.to])) {
          if (account === ZERO_ADDRESS) continue;
          puts.push(tables.accountTransfers.put({ of: account, place: [...place, item] }, value));
          puts.push(tables.holdings.put(holdingKey(account, log.address), new Uint8Array()));
          if (account === transfer.from) take(account, "tokenSender");
          if (account === transfer.to) take(account, "tokenRecipient");
        }
      }
    }
    for (const [account, set] of roles) {
      puts.push(
        tables.history.put({ of: account, place: [number, index] }, { transactionHash, roles: [...set] }),
      );
    }
  }
  let accusations = 0;
  for (const [index, carrier] of block.carriers.entries()) {
    const mined = blockOf(carrier);
    if (mined === undefined) continue;
    const { header, body } = mined;
    const value = { block: carrier, timestampMs: header.timestampMs };
    puts.push(tables.mined.put({ of: header.miner, place: [number, index] }, value));
    for (const evidence of body.evidence) {
      const place = [number, accusations++];
      puts.push(tables.evidence.put({ of: "0x", place }, evidenceValue(carrier, evidence)));
    }
  }
  puts.push(...(yield* messageEntries(block, tables)));
  return { puts, tokens };
}

function evidenceValue(carrier: Hash, { first, second }: Evidence): EvidenceValue {
  const { epoch, height, round, step, validator } = first.message;
  return {
    carrier,
    epoch,
    height,
    round,
    step,
    validator,
    values: [first.message.value ?? null, second.message.value ?? null],
    signatures: [bytesToHex(first.signature), bytesToHex(second.signature)],
  };
}

function transferValue(transactionHash: Hash, token: Address, transfer: Transfer): TransferValue {
  const { standard, from, to, amount, tokenId } = transfer;
  const id = tokenId === undefined ? {} : { tokenId: String(tokenId) };
  return { transactionHash, token, standard, from, to, amount: String(amount), ...id };
}
