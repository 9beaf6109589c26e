//! The Agent API of a Neuron: legal identities from registration to approval, in JSON and in XML.
//!
//! | file | what |
//! |---|---|
//! | [`xml`] | elements, read strictly and written |

pub mod xml;
