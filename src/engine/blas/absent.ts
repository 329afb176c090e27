/** What stands in the place of koffi outside of Node. */
export default undefined
