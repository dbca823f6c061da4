export {
  canonicalBytes,
  canonicalJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseCanonicalBytes,
  parseCanonicalJson,
} from "./canonicalJson.ts";
export { canonicalErrors } from "./errors.ts";
