import type * as Kms from "@aws-sdk/client-kms";
import { isTrellisError } from "@trellis/base";
import { signerErrors } from "./errors.ts";

export interface AwsKmsOptions {
  /** Default: from the environment or profile. */
  readonly region?: string;
  readonly endpoint?: string;
}

/** https://docs.aws.amazon.com/kms/latest/APIReference */
export interface AwsKms {
  readonly sdk: typeof Kms;
  /** @throws SIGNER_UNREACHABLE, SIGNER_SETUP_INVALID, and the signal's reason */
  ask<Output>(command: { readonly output?: Output }, signal?: AbortSignal): Promise<Output>;
  close(): void;
}

export const AWS_KMS = "aws-kms";
const THROTTLED = new Set(["ThrottlingException", "LimitExceededException"]);

/** @throws SIGNER_SETUP_INVALID if the optional package is missing */
export async function openAwsKms(options: AwsKmsOptions): Promise<AwsKms> {
  const sdk: typeof Kms = await import("@aws-sdk/client-kms").catch((error: unknown) => {
    const reason = "the optional package @aws-sdk/client-kms is not installed";
    throw signerErrors.SIGNER_SETUP_INVALID({ holder: AWS_KMS, reason }, error);
  });
  const client = new sdk.KMSClient({ ...options });
  return {
    sdk,
    async ask(command, signal) {
      try {
        return await client.send(command, { abortSignal: signal });
      } catch (error) {
        signal?.throwIfAborted();
        throw failureOf(error);
      }
    },
    close: () => client.destroy(),
  };
}

/** Reports only the error's name, because the message identifies keys and principals. */
function failureOf(error: unknown): unknown {
  if (isTrellisError(error)) return error;
  const { name, $fault: fault } = (error ?? {}) as { readonly name?: string; readonly $fault?: string };
  const reason = name ?? "unknown";
  if (fault === "client" && !THROTTLED.has(reason))
    return signerErrors.SIGNER_SETUP_INVALID({ holder: AWS_KMS, reason });
  return signerErrors.SIGNER_UNREACHABLE({ holder: AWS_KMS, reason });
}
