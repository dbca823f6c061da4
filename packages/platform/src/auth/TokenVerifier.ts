import type { Principal } from "./Principal.ts";

export interface TokenVerifier {
  /** @throws the TOKEN_ codes, IDENTITY_PROVIDER_UNREACHABLE */
  verify(token: string): Promise<Principal>;
}
