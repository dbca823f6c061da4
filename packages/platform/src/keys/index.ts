export { signerErrors } from "./errors.ts";
export {
  KEY_ALGORITHMS,
  KEY_PURPOSES,
  type KeyAlgorithm,
  type KeyDescription,
  type KeyHolder,
  type KeyPurpose,
} from "./KeyHolder.ts";
