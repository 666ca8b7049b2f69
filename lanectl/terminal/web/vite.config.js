// The page is built into ../static, which the lane's server shows and the wheel carries.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's own security policy allows no data: addresses
    modulePreload: { polyfill: false },
    target: "es2022",
  },
});
