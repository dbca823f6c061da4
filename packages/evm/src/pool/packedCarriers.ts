import { type Address, type Carrier, decodeTransaction, type SignedBy } from "@trellis/protocol";

/** Encoded, because cloning 20,000 transaction objects takes the main thread 0.1 s. */
export interface PackedCarrier extends Omit<Carrier, "transactions"> {
  readonly senders: readonly Address[];
  readonly encoded: Uint8Array;
  readonly ends: Uint32Array;
}

export function packCarrier({ coinbase, tipRecipient, gasLimit, transactions }: Carrier): PackedCarrier {
  const size = transactions.reduce((sum, { transaction }) => sum + transaction.encoded.length, 0);
  const encoded = new Uint8Array(size);
  const ends = new Uint32Array(transactions.length);
  let end = 0;
  for (const [index, { transaction }] of transactions.entries()) {
    encoded.set(transaction.encoded, end);
    end += transaction.encoded.length;
    ends[index] = end;
  }
  return {
    coinbase,
    tipRecipient,
    gasLimit,
    encoded,
    ends,
    senders: transactions.map(({ sender }) => sender),
  };
}

export function unpackCarrier({ senders, encoded, ends, ...carrier }: PackedCarrier): Carrier {
  const transactions = senders.map((sender, index): SignedBy => {
    const bytes = encoded.subarray(ends[index - 1] ?? 0, ends[index]);
    // Checked before by the network's rules.
    return { transaction: decodeTransaction(bytes, { allowUnprotected: true }), sender };
  });
  return { ...carrier, transactions };
}
