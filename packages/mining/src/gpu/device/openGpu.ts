import { miningErrors } from "../../errors.ts";
import type { GpuAlgorithm, GpuRow, GpuTask, GpuWork } from "../gpuTask.ts";
import { blake3Shader } from "./shaders/blake3Shader.ts";
import { heavyShader } from "./shaders/heavyShader.ts";
import { WORK_WORDS, WORKGROUP_SIZE } from "./shaders/searchShader.ts";

/** As in the WebGPU specification: Node.js has no global `GPUBufferUsage`. */
const USAGE = { MAP_READ: 0x01, COPY_SRC: 0x04, COPY_DST: 0x08, UNIFORM: 0x40, STORAGE: 0x80 } as const;
const MAP_TO_READ = 1;
const COMPUTE_STAGE = 4;

export interface OpenGpu {
  readonly adapter: string;
  /** Rejects if the GPU disappears or refuses a command. */
  search(task: GpuTask): Promise<number | undefined>;
  /** A search that is in progress is rejected. */
  close(): void;
}

const SHADERS: Readonly<Record<GpuAlgorithm, () => string>> = { heavy: heavyShader, blake3: blake3Shader };
const MATRIX_BYTES = 4096;
/** Target 32, first 8, stride 8, count 4, padding to the alignment of 16. */
const ROW_BYTES = 64;
const NOT_FOUND = 0xffff_ffff;
const FOUND_BYTES = 4;
/** WebGPU's least maximum per dimension. */
const GROUPS_PER_ROW = 65_535;

/** For Node.js and browsers. Undefined without a driver. */
export async function openGpu(gpu: Pick<GPU, "requestAdapter">): Promise<OpenGpu | undefined> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) return undefined;
  const device = await adapter.requestDevice();
  const lost = device.lost.then(({ message }) => {
    throw miningErrors.GPU_UNAVAILABLE({ reason: `device lost: ${message}` });
  });
  // A search that is in progress reports it.
  lost.catch(() => {});
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  device.addEventListener("uncapturederror", ({ error }) =>
    failed.reject(miningErrors.GPU_UNAVAILABLE({ reason: error.message })),
  );
  const searcher = new GpuSearcher(device);
  const { vendor, architecture, device: model, description } = adapter.info;
  return {
    adapter: description || model || [vendor, architecture].join(" "),
    search: (task) => Promise.race([searcher.search(task), lost, failed.promise]),
    close: () => device.destroy(),
  };
}

class GpuSearcher {
  readonly #device: GPUDevice;
  readonly #layout: GPUBindGroupLayout;
  readonly #pipelines = new Map<GpuAlgorithm, GPUComputePipeline>();
  readonly #work: GPUBuffer;
  readonly #matrix: GPUBuffer;
  readonly #row: GPUBuffer;
  readonly #found: GPUBuffer;
  readonly #answer: GPUBuffer;
  readonly #bindings: GPUBindGroup;

  constructor(device: GPUDevice) {
    this.#device = device;
    const buffer = (size: number, usage: number) =>
      device.createBuffer({ size, usage: usage | USAGE.COPY_DST });
    this.#work = buffer(4 * WORK_WORDS, USAGE.UNIFORM);
    this.#matrix = buffer(MATRIX_BYTES, USAGE.UNIFORM);
    this.#row = buffer(ROW_BYTES, USAGE.UNIFORM);
    this.#found = buffer(FOUND_BYTES, USAGE.STORAGE | USAGE.COPY_SRC);
    this.#answer = buffer(FOUND_BYTES, USAGE.MAP_READ);
    const types = ["uniform", "uniform", "uniform", "storage"] as const;
    this.#layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: { type },
      })),
    });
    const buffers = [this.#work, this.#matrix, this.#row, this.#found];
    this.#bindings = device.createBindGroup({
      layout: this.#layout,
      entries: buffers.map((each, binding) => ({ binding, resource: { buffer: each } })),
    });
  }

  async search(task: GpuTask): Promise<number | undefined> {
    const pipeline = this.#pipeline(task.work.algorithm);
    this.#write(task.work, task);
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, this.#bindings);
    const groups = Math.ceil(task.count / WORKGROUP_SIZE);
    pass.dispatchWorkgroups(Math.min(groups, GROUPS_PER_ROW), Math.ceil(groups / GROUPS_PER_ROW));
    pass.end();
    encoder.copyBufferToBuffer(this.#found, 0, this.#answer, 0, FOUND_BYTES);
    this.#device.queue.submit([encoder.finish()]);
    await this.#answer.mapAsync(MAP_TO_READ);
    const index = new Uint32Array(this.#answer.getMappedRange())[0]!;
    this.#answer.unmap();
    return index === NOT_FOUND ? undefined : index;
  }

  #pipeline(algorithm: GpuAlgorithm): GPUComputePipeline {
    const known = this.#pipelines.get(algorithm);
    if (known !== undefined) return known;
    const compiled = this.#device.createComputePipeline({
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [this.#layout] }),
      compute: {
        module: this.#device.createShaderModule({ code: SHADERS[algorithm]() }),
        entryPoint: "search",
      },
    });
    this.#pipelines.set(algorithm, compiled);
    return compiled;
  }

  #write({ words, matrix }: GpuWork, { target, first, stride, count }: GpuRow): void {
    const row = new Uint8Array(ROW_BYTES);
    row.set(target);
    const view = new DataView(row.buffer);
    view.setBigUint64(32, first, true);
    view.setBigUint64(40, stride, true);
    view.setUint32(48, count, true);
    const { queue } = this.#device;
    // Copies, because messages put several arrays into one buffer.
    queue.writeBuffer(this.#work, 0, words.slice());
    if (matrix.length > 0) queue.writeBuffer(this.#matrix, 0, Uint8Array.from(matrix));
    queue.writeBuffer(this.#row, 0, row);
    queue.writeBuffer(this.#found, 0, Uint32Array.of(NOT_FOUND));
  }
}
