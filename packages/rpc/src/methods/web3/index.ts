import { keccak256Hex } from "@trellis/crypto";
import { hashedBytes } from "../../decoding/hex.ts";
import { defineMethod, required } from "../Method.ts";

export const web3Methods = [
  defineMethod({
    name: "web3_clientVersion",
    summary: "Returns the name and version of the software.",
    handle: ({ clientVersion }) => clientVersion,
  }),
  defineMethod({
    name: "web3_sha3",
    summary: "Returns the Keccak-256 hash of bytes.",
    params: [required("data", hashedBytes)],
    handle: (_, [data]) => keccak256Hex(data),
  }),
];
