/** A package of the npm registry, built from workspaces of this repository. */
export interface PublishedPackage {
  readonly name: string;
  readonly description: string;
  /** Its README is the package's. */
  readonly directory: string;
  /** An executable brings its own Node.js. */
  readonly bin?: Readonly<Record<string, string>>;
  /** Subpath of the package → module. */
  readonly exports: Readonly<Record<string, string>>;
  /** Files and folders that the code reads beside its modules. */
  readonly assets: readonly string[];
}

const CLIENT = "packages/client/src";
const RESERVES = "packages/reserves/src";

export const PUBLISHED: readonly PublishedPackage[] = [
  {
    name: "trellis",
    description: "EVM block-DAG with BFT finality, proof of reserves and arbitrage",
    directory: "apps/trellis",
    bin: { trellis: "apps/trellis/bin/trellis.js" },
    exports: {},
    assets: [
      "apps/console/dist",
      "apps/trellis/generated",
      "apps/verifier/dist",
      "packages/evm/generated",
      "packages/mining/generated",
      "packages/reserves/generated",
    ],
  },
  {
    name: "@trellis/client",
    description: "Client of Trellis and EVM chains: quorums of nodes, light client, proof of reserves",
    directory: "packages/client",
    exports: {
      ".": `${CLIENT}/index.ts`,
      "./account": `${CLIENT}/account/index.ts`,
      "./arbitrage": `${CLIENT}/arbitrage/index.ts`,
      "./light": `${CLIENT}/light/index.ts`,
      "./reserves": `${CLIENT}/reserves/index.ts`,
      "./reserves/errors": `${CLIENT}/reserves/errors.ts`,
      "./trust": `${CLIENT}/trust/index.ts`,
    },
    assets: [],
  },
  {
    name: "@trellis/reserves",
    description: "Verifies proofs of liabilities, attestations and transparency logs of Trellis",
    directory: "packages/reserves",
    exports: {
      "./attestation/verify": `${RESERVES}/attestation/verify.ts`,
      "./foreignProofs/verify": `${RESERVES}/foreignProofs/verify.ts`,
      "./log/verify": `${RESERVES}/log/verify.ts`,
      "./verify": `${RESERVES}/liabilities/verify/index.ts`,
    },
    assets: [],
  },
];
