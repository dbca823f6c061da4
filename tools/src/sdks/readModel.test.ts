import { describe, expect, it } from "vitest";
import { goSdk } from "./goSdk.ts";
import { pythonSdk } from "./pythonSdk.ts";
import { readModel } from "./readModel.ts";
import { typescriptSdk } from "./typescriptSdk.ts";

const json = (schema: object) => ({ content: { "application/json": { schema } } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function documentOf(schemas: object = {}) {
  const listThings = {
    operationId: "listThings",
    summary: "Things",
    parameters: [
      { name: "ownerId", in: "path", required: true, schema: ref("Id") },
      { name: "from", in: "query", required: false, schema: { type: "integer" } },
      { name: "Idempotency-Key", in: "header", required: false, schema: { type: "string" } },
    ],
    requestBody: { required: true, ...json({ type: "object", properties: { a: {} }, required: ["a"] }) },
    responses: { 200: json({ type: "object", properties: { next: ref("Thing") } }), 400: json({}) },
  };
  return {
    info: { title: "Test" },
    paths: { "/things/{ownerId}": { post: listThings } },
    components: {
      schemas: {
        Id: { type: "string", description: "who */ else" },
        Thing: {
          type: "object",
          properties: {
            id: ref("Id"),
            kind: { type: "string", enum: ["a", "b"] },
            parent: { anyOf: [ref("Thing"), { type: "null" }] },
            tags: { type: "object", additionalProperties: { type: "array", items: { type: "number" } } },
            inner: { type: "object", properties: { isOpen: { type: ["boolean", "null"] } } },
          },
          required: ["id", "kind", "parent"],
        },
        ...schemas,
      },
    },
  } as unknown as Parameters<typeof readModel>[0];
}

describe("SDKs of an OpenAPI document", () => {
  const model = readModel(documentOf());

  it("unnamed records are named by their operation or field", () => {
    const names = model.declarations.map(({ name }) => name);
    expect(names).toEqual(["Id", "Thing", "ThingInner", "ListThingsBody", "ListThingsAnswer"]);
  });

  it("TypeScript", () => {
    const text = typescriptSdk(model);
    expect(text).toContain("readonly parent: Thing | null;");
    expect(text).toContain("readonly tags?: Readonly<Record<string, readonly (number)[]>> | undefined;");
    expect(text).toContain('readonly kind: "a" | "b";');
    expect(text).toContain(
      'listThings: { method: "POST", path: "/things/{ownerId}", query: ["from"], answer: "json", takesIdempotencyKey: true }',
    );
  });

  it("Python: renames reserved names", () => {
    const text = pythonSdk(model);
    expect(text).toContain(
      "def list_things(self, *, owner_id: Id, body: ListThingsBody, from_: int | None = None, idempotency_key: str | None = None) -> ListThingsAnswer:",
    );
    expect(text).toContain('"parent": "Thing | None",');
    expect(text).toContain('query={"from": from_},');
  });

  it("Go: an optional field is a pointer", () => {
    const text = goSdk(model);
    expect(text).toContain('Parent *Thing `json:"parent"`');
    expect(text).toContain('Tags map[string][]float64 `json:"tags,omitempty"`');
    expect(text).toContain('Inner *ThingInner `json:"inner,omitempty"`');
    expect(text).toContain("From *int64");
  });

  it("SDK_UNSUPPORTED: a duplicate name, an unknown type", () => {
    const twice = { ThingInner: { type: "object", properties: {} } };
    for (const schemas of [twice, { Odd: { type: "decimal" } }]) {
      expect(() => readModel(documentOf(schemas))).toThrow(
        expect.objectContaining({ code: "SDK_UNSUPPORTED" }),
      );
    }
  });
});
