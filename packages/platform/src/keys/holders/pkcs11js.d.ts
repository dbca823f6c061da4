/** Declared here, because the package is optional. */
declare module "pkcs11js" {
  export type Handle = Buffer;

  export interface Attribute {
    readonly type: number;
    readonly value?: Buffer | number | string | boolean;
  }

  export interface PKCS11 {
    load(path: string): void;
    close(): void;
    C_Initialize(options?: { readonly flags: number }): void;
    C_Finalize(): void;
    C_GetSlotList(tokenPresent: boolean): Handle[];
    C_GetTokenInfo(slot: Handle): { readonly label: string; readonly serialNumber: string };
    C_OpenSession(slot: Handle, flags: number): Handle;
    C_CloseSession(session: Handle): void;
    C_Login(session: Handle, user: number, pin: string): void;
    C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
    C_FindObjects(session: Handle, count: number): Handle[];
    C_FindObjectsFinal(session: Handle): void;
    C_GetAttributeValue(
      session: Handle,
      object: Handle,
      template: readonly Attribute[],
    ): { readonly type: number; readonly value: Buffer }[];
    C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void;
    C_SignAsync(session: Handle, data: Buffer, signature: Buffer): Promise<Buffer>;
    C_GenerateKeyPair(
      session: Handle,
      mechanism: { readonly mechanism: number },
      publicTemplate: readonly Attribute[],
      privateTemplate: readonly Attribute[],
    ): { readonly publicKey: Handle; readonly privateKey: Handle };
  }

  const pkcs11js: { readonly PKCS11: new () => PKCS11 };
  export default pkcs11js;
}
