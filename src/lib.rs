//! griot gathers what a publisher's platforms published, picks the week's top stories, and puts one curated brief in
//! every subscriber's inbox.
//!
//! The modules are listed from left to right as they depend on each other; imports point left only. ARCHITECTURE.md
//! tells the life of an edition through them.

pub mod address;

pub mod saying;

mod sheet;

pub mod token;

pub mod dkim;

pub mod meaning;

pub mod config;

pub mod catalogue;

pub mod templates;

pub mod store;

pub mod feeds;

pub mod selection;

pub mod evaluation;

pub mod learning;

pub mod composition;

pub mod delivery;

pub mod feedback;

pub mod calendar;

pub mod webhooks;

pub mod publishing;

pub mod doctor;

pub mod mailroom;

pub mod tally;

pub mod alerts;

pub mod staff;

pub mod web;

pub mod desk;

pub mod api;

pub mod daemon;

pub mod demo;

pub mod cli;
