import type { Hex } from "viem";

export interface BlockJson {
  readonly hash: Hex;
  readonly number: Hex;
  readonly parentHash: Hex;
  readonly timestamp: Hex;
  readonly miner: Hex;
  readonly gasUsed: Hex;
  readonly gasLimit: Hex;
  readonly baseFeePerGas: Hex;
  readonly size: Hex;
  readonly stateRoot: Hex;
  readonly transactions: readonly TransactionJson[];
}

export interface TransactionJson {
  readonly hash: Hex;
  readonly from: Hex;
  readonly to: Hex | null;
  readonly value: Hex;
  readonly nonce: Hex;
  readonly gas: Hex;
  readonly gasPrice: Hex;
  readonly maxFeePerGas?: Hex;
  readonly maxPriorityFeePerGas?: Hex;
  readonly input: Hex;
  readonly type: Hex;
  readonly keyAlgorithmName?: string;
  readonly blockNumber: Hex | null;
  readonly blockHash: Hex | null;
}

export interface LogJson {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly logIndex: Hex;
}

export interface ReceiptJson {
  readonly blockNumber: Hex;
  readonly status: Hex;
  readonly gasUsed: Hex;
  readonly effectiveGasPrice: Hex;
  readonly contractAddress: Hex | null;
  readonly logs: readonly LogJson[];
}

export interface ChainBlockJson {
  readonly hash: Hex;
  readonly number: Hex;
  readonly parentHash: Hex | null;
  readonly blueScore: Hex;
  readonly timestamp: Hex;
  readonly miner: Hex;
  readonly gasUsed: Hex;
  readonly carriers: readonly Hex[];
  readonly transactions: readonly { readonly hash: Hex; readonly carrier: Hex }[];
  readonly skipped: readonly { readonly hash: Hex; readonly carrier: Hex; readonly reason: string }[];
}

export interface TransactionStatusJson {
  readonly kind: "unknown" | "pending" | "included" | "skipped" | "accepted" | "finalized";
  readonly carriers?: readonly Hex[];
  readonly blockHash?: Hex;
  readonly blockNumber?: Hex;
  readonly confirmations?: number;
  readonly reason?: string;
}

export interface FinalityJson {
  readonly epoch: number;
  readonly isFinalizing: boolean;
  readonly lagBlocks: number;
  readonly lagMs: number;
  readonly self: number | null;
  readonly signing: string | null;
  readonly finalized: { readonly height: number; readonly hash: Hex; readonly number: Hex };
  readonly vote: { readonly height: number; readonly round: number; readonly step: string } | null;
  readonly validators: readonly ValidatorJson[];
}

export interface ValidatorJson {
  readonly index: number;
  readonly address: Hex;
  readonly power: Hex;
  readonly publicKey: Hex;
  readonly signed: number;
  readonly missed: number;
}

export interface StreamJson {
  readonly name: string;
  readonly algorithm: string;
  readonly difficulty: Hex;
  readonly targetIntervalMs: number;
  readonly subsidyWei: Hex;
  readonly recentBlocks: number;
  readonly windowBlocks: number;
}

export interface InfoJson {
  readonly network: string;
  readonly chainId: Hex;
  readonly genesisHash: Hex;
  readonly ghostdagK: number;
  readonly blocks: number;
  readonly orphans: number;
}

export interface IndexStatusJson {
  readonly from: Hex;
  readonly number: Hex | null;
  readonly head: Hex;
  readonly failure: string | null;
}

export interface PageJson<T> {
  readonly items: readonly T[];
  readonly cursor: Hex | null;
}

export interface TransferJson {
  readonly blockNumber: Hex;
  readonly logIndex: Hex;
  readonly transactionHash: Hex;
  readonly token: Hex;
  readonly standard: string;
  readonly from: Hex;
  readonly to: Hex;
  readonly amount: Hex;
  readonly tokenId: Hex | null;
}

export interface TopicJson {
  readonly blockNumber: Hex;
  readonly logIndex: Hex;
  readonly position: number;
  readonly emitter: Hex;
  readonly transactionHash: Hex;
}

export interface TokenJson {
  readonly address: Hex;
  readonly standard: string;
  readonly name: string | null;
  readonly symbol: string | null;
  readonly decimals: number | null;
  readonly firstBlock: Hex;
}

export interface HistoryJson {
  readonly blockNumber: Hex;
  readonly transactionIndex: Hex;
  readonly transactionHash: Hex;
  readonly roles: readonly string[];
}

export type SearchHitJson =
  | { readonly kind: "block"; readonly hash: Hex; readonly number: Hex | null }
  | { readonly kind: "transaction"; readonly hash: Hex }
  | { readonly kind: "address"; readonly address: Hex; readonly isContract: boolean }
  | {
      readonly kind: "token";
      readonly address: Hex;
      readonly name: string | null;
      readonly symbol: string | null;
    }
  | { readonly kind: "topic"; readonly topic: Hex };

export interface CertificateJson {
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly step: string;
  readonly value: Hex;
  readonly signers: readonly number[];
  readonly bitmap: Hex;
  readonly signature: Hex;
}

export interface EvidenceJson {
  readonly blockNumber: Hex;
  readonly place: number;
  readonly carrier: Hex;
  readonly epoch: number;
  readonly height: number;
  readonly round: number;
  readonly step: string;
  readonly validator: number;
  readonly values: readonly [Hex | null, Hex | null];
  readonly signatures: readonly [Hex, Hex];
}
