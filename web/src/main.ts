import { mount } from "svelte";
import App from "./App.svelte";
import { house } from "./lib/house.svelte";
import "./theme.css";

house.open();
mount(App, { target: document.querySelector("#page")! });
