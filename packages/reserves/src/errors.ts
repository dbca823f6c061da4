export { assetsErrors } from "./assets/errors.ts";
export { attestationErrors } from "./attestation/errors.ts";
export { canonicalErrors } from "./canonical/errors.ts";
export { ledgerErrors } from "./ledger/errors.ts";
export { liabilitiesErrors } from "./liabilities/errors.ts";
export { logErrors } from "./log/errors.ts";
export { publishedErrors } from "./published/errors.ts";
export { snapshotsErrors } from "./snapshots/errors.ts";
