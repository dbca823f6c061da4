export type SdkType =
  | { readonly kind: "text" | "integer" | "number" | "truth" | "anything" }
  | { readonly kind: "choice"; readonly values: readonly string[] }
  | { readonly kind: "list"; readonly item: SdkType }
  | { readonly kind: "map"; readonly value: SdkType }
  | { readonly kind: "nullable"; readonly inner: SdkType }
  | { readonly kind: "named"; readonly name: string };

export interface SdkField {
  readonly name: string;
  readonly type: SdkType;
  readonly isRequired: boolean;
  readonly description: string | undefined;
}

export interface SdkDeclaration {
  readonly name: string;
  readonly fields: readonly SdkField[] | undefined;
  readonly alias: SdkType | undefined;
}

export interface SdkOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly pathFields: readonly SdkField[];
  readonly queryFields: readonly SdkField[];
  readonly body: SdkType | undefined;
  readonly answer: SdkType | "bytes" | "nothing";
  readonly takesIdempotencyKey: boolean;
  readonly takesIfMatch: boolean;
}

export interface SdkModel {
  readonly title: string;
  readonly declarations: readonly SdkDeclaration[];
  readonly operations: readonly SdkOperation[];
}

export function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
