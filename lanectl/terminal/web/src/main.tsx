// The page of the terminal: one connection, one state, one screen at a time.

import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/queue.css";
import "./style/accept.css";
import "./style/running.css";
import "./style/result.css";
import "./style/small.css";

import { render } from "preact";

import { App } from "./app";
import { Link } from "./link";
import { takeLink, takeSample, takeView } from "./store";

document.addEventListener("contextmenu", (event) => event.preventDefault());
new Link({ link: takeLink, view: takeView, sample: takeSample });
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
