import { defineErrors } from "@trellis/base";

/** What can be wrong with balances, trees and proofs of liabilities. */
export const liabilitiesErrors = defineErrors({
  SCHEME_UNAVAILABLE: {
    message: "this scheme of liabilities has no implementation yet",
    hint: "use sum, which proves totals, or plain, which proves inclusion only",
    consequence: "reject",
  },
  LIABILITY_HASH_UNKNOWN: {
    message: "no hash function of this name or number",
    hint: "a tree is hashed with sha256, keccak256 or blake3",
    consequence: "reject",
  },
  ASSET_LIST_INVALID: {
    message: "the list of assets is not one that a snapshot can have",
    hint: "1 to 256 assets, each with an id of 1 to 64 bytes that no other has, and 0 to 77 decimals",
    consequence: "reject",
  },
  SNAPSHOT_ID_INVALID: {
    message: "a snapshot id has 32 bytes",
    hint: "hash a longer name; every snapshot has an id of its own",
    consequence: "reject",
  },
  CUSTOMER_ID_INVALID: {
    message: "a customer id is well-formed text of 1 to 128 bytes in UTF-8",
    hint: "give the whole id: what is cut or replaced could be another customer's",
    consequence: "reject",
  },
  CUSTOMER_DUPLICATE: {
    message: "a customer occurs twice",
    hint: "add the rows of one customer up before the tree is built",
    consequence: "reject",
  },
  CUSTOMER_UNKNOWN: {
    message: "the tree has no such customer",
    hint: "the facts name the place in the request",
    consequence: "reject",
  },
  PROOF_CUSTOMERS_INVALID: {
    message: "a proof is for 1 to 65,536 customers",
    hint: "ask for several proofs",
    consequence: "reject",
  },
  USER_KEY_INVALID: {
    message: "a customer's key has 32 bytes",
    hint: "draw it at random once a customer: the salts of all snapshots derive from it",
    consequence: "reject",
  },
  BALANCES_INVALID: {
    message: "balances do not fit the list of assets",
    hint: "one amount an asset, in base units, and debts exactly when the list has them",
    consequence: "reject",
  },
  SUM_OUT_OF_RANGE: {
    message: "an amount is not an unsigned integer of 128 bits",
    hint: "amounts are counted in base units; a negative balance is a debt",
    consequence: "reject",
  },
  SUM_OVERFLOW: {
    message: "amounts add up to more than 128 bits hold",
    hint: "choose a larger base unit for the asset of this column",
    consequence: "reject",
  },
  LIABILITIES_EMPTY: {
    message: "there are no customers",
    hint: "a tree has one leaf at least",
    consequence: "reject",
  },
  TREE_DEPTH_INVALID: {
    message: "the depth does not suit the number of customers",
    hint: "at least one level more than the customers fill, and at most 32",
    consequence: "reject",
  },
  TREE_FULL: {
    message: "the tree has no room for another customer",
    hint: "build the next snapshot with a greater depth",
    consequence: "reject",
  },
  TREE_IMAGE_INVALID: {
    message: "the stored tree is damaged or not one",
    hint: "build the snapshot again from the ledger",
    consequence: "fatal",
  },
  TREE_BUILD_STOPPED: {
    message: "the build was stopped before its end",
    hint: "nothing was kept: start it again",
    consequence: "retry",
  },
  SEGMENT_KERNEL_MISSING: {
    message: "the hashing code of trees is not there",
    hint: "run `npm run prepare`, which compiles it",
    consequence: "fatal",
  },
  SEGMENT_TOO_LARGE: {
    message: "a part of the tree does not fit the memory of WebAssembly",
    hint: "hash trees of so many assets with another function than sha256",
    consequence: "reject",
  },
  PROOF_MALFORMED: {
    message: "the file is not a proof in its one encoding",
    hint: "ask for the proof again",
    consequence: "reject",
  },
  PROOF_FORMAT_UNKNOWN: {
    message: "the file is JSON of an unknown format, and no proof of liabilities",
    hint: "verify a proof file of this custodian; a file of another custodian is verified at /verify of the console, or by its publisher's tool",
    consequence: "reject",
  },
  PROOF_VERSION_UNKNOWN: {
    message: "the proof is of a version that this verifier does not know",
    hint: "use a newer verifier",
    consequence: "reject",
  },
  ASSET_LIST_MISMATCH: {
    message: "the list of assets is not the one that the record names",
    hint: "the amounts would be read as those of other assets: refuse the proof",
    consequence: "reject",
  },
  PROOF_SNAPSHOT_MISMATCH: {
    message: "the proof is for another snapshot",
    hint: "ask for the proof of the snapshot in question",
    consequence: "reject",
  },
  PROOF_RECORD_MISMATCH: {
    message: "the proof holds another root record than the published one",
    hint: "keep both: a custodian who shows different roots to different people is caught by them",
    consequence: "reject",
  },
  PROOF_SNAPSHOT_UNPUBLISHED: {
    message: "the custodian published no record of the snapshot that the proof names",
    hint: "a tree that nobody else sees proves nothing; compare with a record that was published elsewhere, if there is one",
    consequence: "reject",
  },
  PROOF_CUSTOMER_MISMATCH: {
    message: "the proof is for another customer",
    hint: "a leaf that two customers are shown counts once: refuse it",
    consequence: "reject",
  },
  PROOF_BALANCE_MISMATCH: {
    message: "the proved balance is not the expected one",
    hint: "compare with the statement at the time of the snapshot",
    consequence: "reject",
  },
  PROOF_SALT_MISMATCH: {
    message: "the leaf's salt is not that of the customer's key and the snapshot",
    hint: "a salt that was used before links snapshots: refuse the proof",
    consequence: "reject",
  },
  PROOF_SHARES_INVALID: {
    message: "the leaves are not all shares of a customer's balance",
    hint: "a share that is missing, doubled, out of its part of the tree or divided by choice can hide or show a balance: refuse the proof",
    consequence: "reject",
  },
  PROOF_POSITION_INVALID: {
    message: "the leaves' positions are not ascending places of the tree",
    hint: "a position is smaller than the number of places, and has one leaf",
    consequence: "reject",
  },
  PROOF_LENGTH_INVALID: {
    message: "the path is not as long as the published depth asks",
    hint: "a node inside the tree was given as a leaf, or nodes are missing or left over",
    consequence: "reject",
  },
  PROOF_NODE_REPEATED: {
    message: "a node is its own sibling",
    hint: "no two places of a tree have one hash: somebody is counted twice",
    consequence: "reject",
  },
  PROOF_ROOT_MISMATCH: {
    message: "the path does not lead to the published root",
    hint: "the balance, the path or the record was changed",
    consequence: "reject",
  },
  PROOF_TOTALS_MISMATCH: {
    message: "the sums at the root are not the published totals",
    hint: "the custodian published totals that its own tree does not have",
    consequence: "reject",
  },
});
