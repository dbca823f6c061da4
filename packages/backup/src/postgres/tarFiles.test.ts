import { expect, it } from "vitest";
import { only } from "../repository/Repository.ts";
import { tarFiles } from "./tarFiles.ts";

interface Entry {
  readonly name: string;
  readonly type?: string;
  readonly size?: string | Buffer;
  readonly contents?: Uint8Array;
}

function archive(...entries: readonly Entry[]): Buffer {
  const blocks = entries.map(({ name, type = "0", contents = new Uint8Array(0), size }) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000600\0", 100);
    const octal = `${contents.length.toString(8).padStart(11, "0")} `;
    Buffer.from(size ?? octal).copy(header, 124);
    header.write("00000000017 ", 136);
    header.write("        ", 148);
    header.write(type, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return Buffer.concat([header, contents, Buffer.alloc(-contents.length & 511)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1_024)]);
}

async function read(bytes: Uint8Array): Promise<object[]> {
  const files: object[] = [];
  for await (const { contents, ...file } of tarFiles(only(bytes))) {
    const pieces: Uint8Array[] = [];
    for await (const piece of contents) pieces.push(piece);
    files.push({ ...file, text: Buffer.concat(pieces).toString() });
  }
  return files;
}

const base256 = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);

it("reads files and folders, and sizes in octal and base 256", async () => {
  const bytes = archive(
    { name: "./", type: "5" },
    { name: "./pg_wal/", type: "5" },
    { name: "base/1/2", contents: Buffer.from("pages") },
    { name: "large", contents: Buffer.from("abc"), size: base256 },
  );
  const common = { mode: 0o600, modifiedMs: 15_000 };
  expect(await read(bytes)).toEqual([
    { ...common, path: "pg_wal", kind: "directory", bytes: 0, text: "" },
    { ...common, path: "base/1/2", kind: "file", bytes: 5, text: "pages" },
    { ...common, path: "large", kind: "file", bytes: 3, text: "abc" },
  ]);
});

it("BACKUP_POSTGRES_REFUSED: links, wrong checksums, an end in a file", async () => {
  const file = archive({ name: "a", contents: Buffer.alloc(600) });
  const wrong = Buffer.from(file);
  wrong[0] = 0x62;
  for (const bytes of [
    archive({ name: "l", type: "2" }),
    wrong,
    file.subarray(0, 900),
    file.subarray(0, 300),
  ])
    await expect(read(bytes)).rejects.toMatchObject({ code: "BACKUP_POSTGRES_REFUSED" });
});
