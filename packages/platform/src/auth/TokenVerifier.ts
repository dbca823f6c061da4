import type { Principal } from "./Principal.ts";

/** Turns a bearer token into who it speaks for, or throws why it does not. */
export interface TokenVerifier {
  /** @throws the TOKEN_ codes, IDENTITY_PROVIDER_UNREACHABLE */
  verify(token: string): Promise<Principal>;
}
