import { blake3, keccak256, sha256 } from "@trellis/crypto";
import type { Digest, HashName } from "./verify/hashes.ts";

export const serverHashes: Readonly<Record<HashName, Digest>> = { sha256, keccak256, blake3 };
