import url from "@mermaid-js/tiny/dist/mermaid.tiny.js?url";
import { useData } from "vitepress";
import { defineComponent, h, onMounted, ref, watch } from "vue";

interface Script {
  src: string;
  onload(): void;
  onerror(reason: unknown): void;
}

/** Minimal, because the project compiles with Node.js types. */
declare const document: {
  createElement(name: "script"): Script;
  readonly head: { append(script: Script): void };
};

interface MermaidLibrary {
  initialize(options: object): void;
  render(id: string, code: string): Promise<{ readonly svg: string }>;
}

let loaded: Promise<MermaidLibrary> | undefined;
let drawnCount = 0;

/** Mermaid is one script that sets a global variable. */
function load(): Promise<MermaidLibrary> {
  loaded ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve((globalThis as unknown as { readonly mermaid: MermaidLibrary }).mermaid);
    script.onerror = reject;
    document.head.append(script);
  });
  return loaded;
}

export const Mermaid = defineComponent({
  props: { code: { type: String, required: true } },
  setup({ code }) {
    const { isDark } = useData();
    const source = decodeURIComponent(code);
    const svg = ref("");
    async function draw(): Promise<void> {
      const mermaid = await load();
      mermaid.initialize({ startOnLoad: false, theme: isDark.value ? "dark" : "default" });
      svg.value = (await mermaid.render(`mermaid-${++drawnCount}`, source)).svg;
    }
    onMounted(draw);
    watch(isDark, draw);
    return () =>
      svg.value === ""
        ? h("pre", { class: "mermaid" }, source)
        : h("div", { class: "mermaid", innerHTML: svg.value });
  },
});
