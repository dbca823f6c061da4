/** Declared here, because the package is optional. */
declare module "@aws-sdk/client-kms" {
  interface SendOptions {
    readonly abortSignal?: AbortSignal | undefined;
  }

  interface Command<Output> {
    readonly output?: Output;
  }

  export class KMSClient {
    constructor(options: {
      readonly region?: string;
      readonly endpoint?: string;
      readonly maxAttempts?: number;
      readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
    });
    send<Output>(command: Command<Output>, options?: SendOptions): Promise<Output>;
    destroy(): void;
  }
  export class GetPublicKeyCommand implements Command<PublicKeyOutput> {
    constructor(input: { readonly KeyId: string });
    readonly output?: PublicKeyOutput;
  }
  export class DescribeKeyCommand implements Command<DescribeOutput> {
    constructor(input: { readonly KeyId: string });
    readonly output?: DescribeOutput;
  }
  export class SignCommand implements Command<SignOutput> {
    constructor(input: {
      readonly KeyId: string;
      readonly Message: Uint8Array;
      readonly MessageType: "RAW" | "DIGEST" | "EXTERNAL_MU";
      readonly SigningAlgorithm: string;
    });
    readonly output?: SignOutput;
  }
  export class EncryptCommand implements Command<EncryptOutput> {
    constructor(input: {
      readonly KeyId: string;
      readonly Plaintext: Uint8Array;
      readonly EncryptionContext: Readonly<Record<string, string>>;
    });
    readonly output?: EncryptOutput;
  }
  export class DecryptCommand implements Command<DecryptOutput> {
    constructor(input: {
      readonly KeyId: string;
      readonly CiphertextBlob: Uint8Array;
      readonly EncryptionContext: Readonly<Record<string, string>>;
    });
    readonly output?: DecryptOutput;
  }

  interface PublicKeyOutput {
    /** DER (SubjectPublicKeyInfo). */
    readonly PublicKey?: Uint8Array;
    readonly KeySpec?: string;
  }
  interface DescribeOutput {
    readonly KeyMetadata?: { readonly Arn?: string; readonly CreationDate?: Date };
  }
  interface SignOutput {
    readonly Signature?: Uint8Array;
  }
  interface EncryptOutput {
    readonly CiphertextBlob?: Uint8Array;
  }
  interface DecryptOutput {
    readonly Plaintext?: Uint8Array;
  }
}
