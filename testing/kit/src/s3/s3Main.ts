import S3rver from "@20minutes/s3rver";

// `s3Main.ts DIRECTORY PORT BUCKET [strict]` serves S3 until it is killed, and reports its port.

const [directory = "", port = "0", name = "", strict] = process.argv.slice(2);
const server = new S3rver({
  address: "127.0.0.1",
  port: Number(port),
  directory,
  silent: true,
  vhostBuckets: false,
  // S3rver and the SDK sign `/BUCKET/` differently, so lists would fail. Key ids are always checked.
  allowMismatchedSignatures: strict === undefined,
  configureBuckets: [{ name }],
});
process.send!(await server.run());
process.on("disconnect", () => process.exit());
